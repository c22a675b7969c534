package io.reactorstack.layer;

/**
 * The meters of frames. Each frame that a device delivers is counted once at its end: as consumed by a part of the
 * host, or as dropped for a reason. Until then it may be held. So on every shard, whenever no frame is being handled,
 *
 * <pre>{@code
 * FRAMES_RECEIVED = FRAMES_CONSUMED + FRAMES_DROPPED + FRAMES_HELD
 * }</pre>
 *
 * <p>with each term summed over its tags. A frame with a segment size counts as one frame with all its octets, whatever
 * number of frames a wire carries for it. Units that the host itself sends, including its responses, have separate
 * counters.
 */
public enum FrameMeter implements MeterName {
  /** Frames received from a device; by interface. */
  FRAMES_RECEIVED(Kind.COUNTER),
  /** The octets of those frames, including their link headers. */
  OCTETS_RECEIVED(Kind.COUNTER),
  /** Frames passed to a device for sending; by interface. */
  FRAMES_SENT(Kind.COUNTER),
  /** The octets of those frames, including their link headers. */
  OCTETS_SENT(Kind.COUNTER),
  /** Received frames that reached the part of the host that they were for; by that part. */
  FRAMES_CONSUMED(Kind.COUNTER),
  /**
   * Received frames that were dropped; by reason, whose kind is {@link io.reactorstack.packet.DropReason.Kind#INBOUND}
   * unless the drop was counted by {@link Drops#fault}.
   */
  FRAMES_DROPPED(Kind.COUNTER),
  /** Received frames that wait for other frames, such as fragments, and are neither consumed nor dropped yet. */
  FRAMES_HELD(Kind.GAUGE),
  /** Units that the host was to send and dropped; by reason. */
  SENDING_DROPPED(Kind.COUNTER),
  /** Events that dropped neither a received frame nor a unit to be sent; by reason. */
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
