package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.IpProtocol;

/**
 * An ICMP message for IPv4 (RFC 792) or IPv6 (RFC 4443), received or to be sent; the version is that of its addresses.
 *
 * <p>The constants are those of IPv4; those of IPv6 are in {@link Icmpv6}.
 *
 * @param carrier the packet; its payload's reader index stands behind the message's header, and to be sent it has headroom
 * @param type the type, 0 to 255
 * @param code the code, 0 to 255
 * @param rest the second word of the header: identifier and sequence number, or what the type makes of it
 */
// Public only for the rooms that assemble the stack, whose packets stay inside the module.
@SuppressWarnings("exports")
public record IcmpMessage(IpPacket carrier, int type, int code, int rest) implements Pdu {

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

  private static final int FIRST_TIMESTAMP = 13;
  private static final int LAST_ADDRESS_MASK = 18;

  /** A packet that starts here, for a message with this {@code payload}. */
  static IpPacket packet(
      IpAddress source, IpAddress destination, int hopLimit, boolean dontFragment, int optionBytes, ByteBuf payload) {
    boolean v4 = source.isV4();
    return new IpPacket(
        source, destination, v4 ? IpProtocol.ICMP : IpProtocol.ICMPV6, 0, hopLimit, dontFragment || !v4, false,
        optionBytes,
        payload, PacketFacts.LOCAL);
  }

  /** Whether {@code type} of IPv4 is a query or its reply, as echo and timestamp are (RFC 1122 section 3.2.2), and no error. */
  static boolean isQuery(int type) {
    return type == ECHO_REPLY || type == ECHO_REQUEST || (type >= FIRST_TIMESTAMP && type <= LAST_ADDRESS_MASK);
  }

  /** The sender. */
  public IpAddress source() {
    return carrier.source();
  }

  /** The receiver. */
  public IpAddress destination() {
    return carrier.destination();
  }

  /** The octets behind the header. */
  @Override
  public ByteBuf payload() {
    return carrier.payload();
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
