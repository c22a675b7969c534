package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;

/**
 * Reads the type of an ICMP or ICMPv6 message without parsing the message, to dispatch it or to see whether it is an
 * error.
 */
public final class IcmpType {

  /** The result of {@link #of} for an empty message. */
  public static final int NONE = -1;

  private IcmpType() {}

  /**
   * Returns the type of the message at the reader index of {@code message}, 0 to 255, or {@link #NONE} if it is empty.
   */
  public static int of(ByteBuf message) {
    return message.isReadable() ? message.getUnsignedByte(message.readerIndex()) : NONE;
  }

  /**
   * Returns whether the payload of an IP packet is an ICMP error, an ICMP message that may be one because its type is
   * missing or unknown, or a redirect: no error is sent about such a packet (RFC 1122 section 3.2.2, RFC 4443 section
   * 2.4).
   *
   * @param protocol the protocol of the payload
   * @param payload holds the message at its reader index
   */
  public static boolean isError(int protocol, ByteBuf payload) {
    int type = of(payload);
    return switch (protocol) {
      case IpProtocol.ICMP -> type == NONE || !Icmpv4Header.isQuery(type);
      case IpProtocol.ICMPV6 -> type == NONE || Icmpv6Header.isError(type) || type == NdpMessage.REDIRECT;
      default -> false;
    };
  }
}
