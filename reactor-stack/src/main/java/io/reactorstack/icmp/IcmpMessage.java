package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Pdu;

/**
 * An ICMP message for IPv4 (RFC 792) or IPv6 (RFC 4443), received or to be sent; the version is that of its addresses.
 *
 * <p>The constants are those of IPv4; those of IPv6 are in {@link Icmpv6}.
 *
 * @param source the sender
 * @param destination the receiver
 * @param group whether it was sent to more than one station, so that it is never answered
 * @param hopLimit the TTL or hop limit
 * @param dontFragment whether routers may not fragment it
 * @param type the type, 0 to 255
 * @param code the code, 0 to 255
 * @param rest the second word of the header: identifier and sequence number, or what the type makes of it
 * @param payload what follows the header; to be sent it has headroom
 */
public record IcmpMessage(
    IpAddress source,
    IpAddress destination,
    boolean group,
    int hopLimit,
    boolean dontFragment,
    int type,
    int code,
    int rest,
    ByteBuf payload)
    implements
      Pdu {

  /** Octets of the header. */
  public static final int HEADER = 8;

  /** Type of an echo reply. */
  public static final int ECHO_REPLY = 0;

  /** Type of destination unreachable. */
  public static final int DESTINATION_UNREACHABLE = 3;

  /** Type of an echo request. */
  public static final int ECHO_REQUEST = 8;

  /** Type of time exceeded. */
  public static final int TIME_EXCEEDED = 11;

  /** Type of parameter problem. */
  public static final int PARAMETER_PROBLEM = 12;

  /** An echo request or reply that starts here. */
  public static IcmpMessage echo(
      IpAddress source, IpAddress destination, int hopLimit, int type, int rest, ByteBuf data) {
    return new IcmpMessage(source, destination, false, hopLimit, false, type, 0, rest, data);
  }

  /** Identifier of an echo. */
  public int identifier() {
    return rest >>> 16;
  }

  /** Sequence number of an echo. */
  public int sequence() {
    return rest & 0xffff;
  }
}
