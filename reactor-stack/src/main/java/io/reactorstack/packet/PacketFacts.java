package io.reactorstack.packet;

/**
 * What a device knows about a packet beside its bytes.
 *
 * @param ingressNanos the loop's clock when the device handed the packet over, in nanoseconds; 0 for a packet that
 *     starts here
 * @param checksum what the device did, or is to do, about the transport checksum
 * @param segmentSize payload bytes of each segment of a super-frame that the device cuts or has merged; 0 for an
 *     ordinary packet
 */
public record PacketFacts(long ingressNanos, ChecksumState checksum, int segmentSize) {

  /** A packet that starts on this host: nothing known, software computes its checksums. */
  public static final PacketFacts LOCAL = new PacketFacts(0, ChecksumState.IN_PACKET, 0);

  /** Facts of a packet received at {@code nanos} whose checksums are still to be verified. */
  public static PacketFacts receivedAt(long nanos) {
    return new PacketFacts(nanos, ChecksumState.IN_PACKET, 0);
  }

  /** How the transport checksum of a packet stands. */
  public enum ChecksumState {
    /** The field in the packet holds the checksum; a receiver verifies it. */
    IN_PACKET,
    /** The device vouches for the checksum; a receiver need not verify it. */
    VERIFIED,
    /** The field holds only the pseudo-header sum; the device completes it. */
    DEVICE_COMPLETES
  }
}
