package io.reactorstack.packet;

/**
 * Metadata that accompanies a packet's bytes: the time of arrival and the work that the device does for checksums and
 * segmentation.
 *
 * @param ingressNanos the loop's clock when the device handed the packet over, in nanoseconds; 0 for a packet that this
 *     host created
 * @param checksum the state of the transport checksum
 * @param segmentSize the payload bytes of each segment of a super-frame that the device cuts or has merged; 0 for an
 *     ordinary packet
 */
public record PacketFacts(long ingressNanos, ChecksumState checksum, int segmentSize) {

  /** The facts of a packet that this host created: software computes its checksums. */
  public static final PacketFacts LOCAL = new PacketFacts(0, ChecksumState.IN_PACKET, 0);

  /** The facts of a packet that this host created and whose transport checksum the device completes. */
  public static final PacketFacts UNFINISHED = new PacketFacts(0, ChecksumState.UNFINISHED, 0);

  /** Returns the facts of a packet received at {@code nanos} whose checksums are still to be verified. */
  public static PacketFacts receivedAt(long nanos) {
    return new PacketFacts(nanos, ChecksumState.IN_PACKET, 0);
  }

  /** The state of a packet's transport checksum. */
  public enum ChecksumState {
    /** The field in the packet holds the checksum; the receiver verifies it. */
    IN_PACKET,
    /** The field holds the checksum, and the device has verified it; the receiver need not. */
    VERIFIED,
    /**
     * The field holds only the sum of the pseudo-header. The device that puts the packet on a wire completes it. A
     * packet that is received in this state has crossed no wire: it needs no verification, but its checksum must be
     * completed before it is sent on.
     */
    UNFINISHED
  }
}
