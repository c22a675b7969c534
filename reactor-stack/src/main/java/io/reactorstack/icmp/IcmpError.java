package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;

/**
 * A received ICMP error of either IP version: a router or the destination reports that it dropped a packet of this
 * host (RFC 792, RFC 4443).
 *
 * <p>The error is not authenticated: a transport must first check that it can have sent the quoted packet (RFC 5927).
 */
public sealed interface IcmpError extends DeliveryFailure {

  /** The kinds of errors, the same for both versions. */
  enum Kind {
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

  /** The packet that the error is about. */
  QuotedPacket quote();

  /**
   * The destination of the packet cannot be reached.
   *
   * @param code the code of the message: with the reporter's IP version it says more than the kind
   * @param kind a kind of unreachability
   * @param reporter the address of the host that reports the error
   * @param quote the packet that the error is about
   */
  record DestinationUnreachable(int code, Kind kind, IpAddress reporter, QuotedPacket quote) implements IcmpError {}

  /**
   * The packet is too long for a link of the path and must not be fragmented.
   *
   * @param mtu the next hop's MTU in bytes, or an estimate if an old router does not report it (RFC 1191 section 5)
   * @param reporter the address of the router
   * @param quote the packet that the error is about
   */
  record PacketTooBig(int mtu, IpAddress reporter, QuotedPacket quote) implements IcmpError {

    @Override
    public Kind kind() {
      return Kind.PACKET_TOO_BIG;
    }
  }

  /**
   * The packet has passed too many routers, or fragments of it did not arrive in time.
   *
   * @param kind {@link Kind#HOP_LIMIT_EXCEEDED} or {@link Kind#REASSEMBLY_TIME_EXCEEDED}
   * @param reporter the address of the host that reports the error
   * @param quote the packet that the error is about
   */
  record TimeExceeded(Kind kind, IpAddress reporter, QuotedPacket quote) implements IcmpError {}

  /**
   * A field of the packet's headers is wrong or unknown.
   *
   * @param code the code of the message
   * @param pointer the offset of the field in the quoted packet, in octets
   * @param reporter the address of the host that reports the error
   * @param quote the packet that the error is about
   */
  record ParameterProblem(int code, int pointer, IpAddress reporter, QuotedPacket quote) implements IcmpError {

    private static final int UNKNOWN_NEXT_HEADER = 1;

    /** The kind; RFC 4443 section 3.4: an unknown next header is what IPv4 calls "protocol unreachable". */
    @Override
    public Kind kind() {
      return code == UNKNOWN_NEXT_HEADER && !reporter.isV4() ? Kind.PROTOCOL_UNREACHABLE : Kind.PARAMETER_PROBLEM;
    }
  }

  /**
   * An ICMPv6 error of a type that this host does not know; a soft error (RFC 4443 section 2.4 (a)).
   *
   * @param type the type of the message, 5 to 127
   * @param code the code of the message
   * @param reporter the address of the host that reports the error
   * @param quote the packet that the error is about
   */
  record UnknownError(int type, int code, IpAddress reporter, QuotedPacket quote) implements IcmpError {

    @Override
    public Kind kind() {
      return Kind.PARAMETER_PROBLEM;
    }
  }
}
