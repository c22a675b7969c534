package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;

/**
 * An error about a packet that this host has sent, of either IP version: from a router or from the destination.
 *
 * <p>Nobody vouches for it: a transport first checks that it can have sent what is quoted (RFC 5927).
 *
 * @param kind what is wrong
 * @param reporter the host that says so
 * @param mtu with {@link Kind#PACKET_TOO_BIG}, the next hop's MTU in bytes, or what is likely where the router does not
 *     tell; else 0
 * @param source the quoted packet's source, one of this host's addresses
 * @param destination the quoted packet's destination
 * @param protocol the quoted packet's protocol
 * @param transport the beginning of the quoted packet's payload, 8 to 64 bytes; not to be changed
 */
public record IcmpError(
    Kind kind,
    IpAddress reporter,
    int mtu,
    IpAddress source,
    IpAddress destination,
    int protocol,
    byte[] transport) {

  /** Most bytes of the quoted payload that are kept. */
  public static final int TRANSPORT_BYTES = 64;

  /** The kinds of errors, the same for both versions. */
  public enum Kind {
    /** No route to the destination's network. */
    NETWORK_UNREACHABLE,
    /** The destination does not answer on its link. */
    HOST_UNREACHABLE,
    /** The destination does not speak the protocol. */
    PROTOCOL_UNREACHABLE,
    /** Nobody listens at the destination's port. */
    PORT_UNREACHABLE,
    /** A packet that may not be fragmented is too long for a link on the way. */
    PACKET_TOO_BIG,
    /** A source route failed. */
    SOURCE_ROUTE_FAILED,
    /** A policy forbids the communication. */
    PROHIBITED,
    /** The packet's hop limit was used up. */
    HOP_LIMIT_EXCEEDED,
    /** A fragment did not arrive in time. */
    REASSEMBLY_TIME_EXCEEDED,
    /** A header field is wrong. */
    PARAMETER_PROBLEM
  }

  /** The quoted source port: the local port of the socket that sent the packet. */
  public int sourcePort() {
    return unsignedShort(0);
  }

  /** The quoted destination port. */
  public int destinationPort() {
    return unsignedShort(2);
  }

  /** The second word of the quoted payload: a TCP sequence number, or an echo's identifier and sequence number. */
  public int secondWord() {
    return unsignedShort(4) << 16 | unsignedShort(6);
  }

  private int unsignedShort(int index) {
    return (transport[index] & 0xff) << 8 | transport[index + 1] & 0xff;
  }
}
