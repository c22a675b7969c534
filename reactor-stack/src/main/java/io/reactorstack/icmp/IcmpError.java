package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;

/**
 * A received ICMP error of either IP version: a router or the destination reports that it dropped a packet of this
 * host.
 *
 * <p>The error is not authenticated: a transport must first check that it can have sent the quoted packet (RFC 5927).
 *
 * @param kind the kind of error
 * @param reporter the address of the host that reports the error
 * @param mtu for {@link Kind#PACKET_TOO_BIG}, the next hop's MTU in bytes, or an estimate if the router does not report
 * it; else 0
 * @param source the quoted packet's source, one of this host's addresses
 * @param destination the quoted packet's destination
 * @param protocol the quoted packet's protocol
 * @param transport the beginning of the quoted packet's payload, 8 to 64 bytes; must not be changed
 */
public record IcmpError(
    Kind kind,
    IpAddress reporter,
    int mtu,
    IpAddress source,
    IpAddress destination,
    int protocol,
    byte[] transport) {

  /** The maximum number of bytes that are kept of the quoted payload. */
  public static final int TRANSPORT_BYTES = 64;

  /** The kinds of errors, the same for both versions. */
  public enum Kind {
    /** No route to the destination's network. */
    NETWORK_UNREACHABLE,
    /** The destination does not answer on its link. */
    HOST_UNREACHABLE,
    /** The destination does not support the protocol. */
    PROTOCOL_UNREACHABLE,
    /** No socket is bound to the destination's port. */
    PORT_UNREACHABLE,
    /** A packet that must not be fragmented is too long for a link of the path. */
    PACKET_TOO_BIG,
    /** A source route failed. */
    SOURCE_ROUTE_FAILED,
    /** A policy forbids the communication. */
    PROHIBITED,
    /** The packet's hop limit reached zero. */
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
