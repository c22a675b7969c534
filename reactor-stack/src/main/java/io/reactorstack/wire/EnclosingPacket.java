package io.reactorstack.wire;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;

/**
 * The fields of an IP packet that the codec of its payload needs: the addresses for the pseudo-header, the ECN bits,
 * and the facts, which state whether the checksum is still to be verified.
 */
public interface EnclosingPacket {

  /** The source address. */
  IpAddress source();

  /** The destination address, of the same family as the source. */
  IpAddress destination();

  /** The ECN bits of the IP header, 0 to 3 (RFC 3168). */
  int ecn();

  /** The device's metadata about the packet. */
  PacketFacts facts();

  /** Returns a carrier with these fields that is not backed by a packet. */
  static EnclosingPacket of(IpAddress source, IpAddress destination, int ecn, PacketFacts facts) {
    return new Fields(source, destination, ecn, facts);
  }

  /**
   * A carrier that is not backed by a packet.
   *
   * @param source the source address
   * @param destination the destination address
   * @param ecn the ECN bits, 0 to 3
   * @param facts the device's metadata
   */
  record Fields(IpAddress source, IpAddress destination, int ecn, PacketFacts facts) implements EnclosingPacket {}
}
