package io.reactorstack.layer;

/**
 * The meters of frames. Each frame that a device hands over ends once: it is consumed by a part of the host or dropped for a
 * reason, and until then it is held. So on every shard
 *
 * <pre>{@code
 * FRAMES_RECEIVED = FRAMES_CONSUMED + FRAMES_DROPPED + FRAMES_HELD
 * }</pre>
 *
 * <p>when no frame is being handled, each term summed over its tags. What the host itself sends, answers among it, has counters of
 * its own.
 */
public enum FrameMeter implements MeterName {
  /** Frames that a device has handed over; by interface. */
  FRAMES_RECEIVED(Kind.COUNTER),
  /** The octets of those frames, with their link headers. */
  OCTETS_RECEIVED(Kind.COUNTER),
  /** Frames that were given to a device to send; by interface. */
  FRAMES_SENT(Kind.COUNTER),
  /** The octets of those frames, with their link headers. */
  OCTETS_SENT(Kind.COUNTER),
  /** Received frames that have reached the part of the host that they were for; by that part. */
  FRAMES_CONSUMED(Kind.COUNTER),
  /** Received frames that were dropped; by reason, which is {@link io.reactorstack.packet.DropReason.Kind#INBOUND}. */
  FRAMES_DROPPED(Kind.COUNTER),
  /** Received frames that wait for others and have not ended yet; no part of the host holds any at present. */
  FRAMES_HELD(Kind.GAUGE),
  /** Units of this host that were to be sent and were dropped; by reason. */
  SENDING_DROPPED(Kind.COUNTER),
  /** Events that ended no frame and no unit; by reason. */
  NOTICES(Kind.COUNTER);

  private final Kind kind;

  FrameMeter(Kind kind) {
    this.kind = kind;
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
