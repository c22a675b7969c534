package io.reactorstack.wire;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;

/**
 * The IP packet around a message, as far as the message's codec needs it: the addresses of the pseudo-header, the ECN bits, and
 * whether the checksum is still to be verified.
 */
public interface Carrier {

  /** The sender. */
  IpAddress source();

  /** The receiver, of the same version of IP. */
  IpAddress destination();

  /** The ECN bits of the IP header, 0 to 3 (RFC 3168). */
  int ecn();

  /** What the device knows about the packet. */
  PacketFacts facts();

  /** A carrier of these fields, without a packet. */
  static Carrier of(IpAddress source, IpAddress destination, int ecn, PacketFacts facts) {
    return new Fields(source, destination, ecn, facts);
  }

  /**
   * A carrier that is no more than its fields.
   *
   * @param source the sender
   * @param destination the receiver
   * @param ecn the ECN bits
   * @param facts what the device knows
   */
  record Fields(IpAddress source, IpAddress destination, int ecn, PacketFacts facts) implements Carrier {}
}
