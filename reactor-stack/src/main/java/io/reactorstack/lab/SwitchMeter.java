package io.reactorstack.lab;

import io.reactorstack.layer.MeterName;

/**
 * The meters of a {@link Switch}. Each received frame is counted once, at its end:
 *
 * <pre>{@code
 * FrameMeter.FRAMES_RECEIVED = FRAMES_FORWARDED + FRAMES_FLOODED + FRAMES_TO_GROUPS + FRAMES_FILTERED
 *     + FrameMeter.FRAMES_DROPPED
 * }</pre>
 *
 * <p>Each address that was learnt is in the table or has left it for one reason:
 *
 * <pre>{@code
 * ADDRESSES_LEARNT = ADDRESSES + ADDRESSES_AGED + ADDRESSES_EVICTED + ADDRESSES_FORGOTTEN
 * }</pre>
 */
public enum SwitchMeter implements MeterName {
  /** Frames sent to the port of their receiver only. */
  FRAMES_FORWARDED(Kind.COUNTER),
  /** Frames to a single station, sent to all other ports of their VLAN because its port was not known. */
  FRAMES_FLOODED(Kind.COUNTER),
  /** Broadcast and multicast frames, sent to all other ports of their VLAN. */
  FRAMES_TO_GROUPS(Kind.COUNTER),
  /**
   * Frames that need not be forwarded: their receiver is behind the port at which they arrived, or they are addressed to
   * the switch's own protocols (01:80:c2:00:00:00 to 01:80:c2:00:00:0f, IEEE 802.1Q section 8.6.3).
   */
  FRAMES_FILTERED(Kind.COUNTER),
  /** Addresses in the table. */
  ADDRESSES(Kind.GAUGE),
  /** Addresses added to the table. */
  ADDRESSES_LEARNT(Kind.COUNTER),
  /** Addresses of the table that were seen at another port than before. */
  ADDRESSES_MOVED(Kind.COUNTER),
  /** Addresses removed because they were not seen for the ageing time. */
  ADDRESSES_AGED(Kind.COUNTER),
  /** Addresses removed in favour of a new one because the table was full. */
  ADDRESSES_EVICTED(Kind.COUNTER),
  /** Addresses removed because their port was changed or closed, or the switch has crashed. */
  ADDRESSES_FORGOTTEN(Kind.COUNTER),
  /** Frames whose source address was not learnt because the table was full of addresses in use. */
  ADDRESSES_REFUSED(Kind.COUNTER);

  private final Kind kind;

  SwitchMeter(Kind kind) {
    this.kind = kind;
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
