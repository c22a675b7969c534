package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;

/** The type of an ICMP message of either version, read without the rest: to route a message, or to see whether it is an error. */
public final class IcmpType {

  /** The answer of {@link #of} for a message that has no type. */
  public static final int NONE = -1;

  private IcmpType() {}

  /** The type of the message at the reader index of {@code message}, 0 to 255, or {@link #NONE} if it is empty. */
  public static int of(ByteBuf message) {
    return message.isReadable() ? message.getUnsignedByte(message.readerIndex()) : NONE;
  }

  /**
   * Whether the payload of an IP packet is an ICMP error, or an ICMP message that cannot be told from one (RFC 1122 section 3.2.2,
   * RFC 4443 section 2.4).
   *
   * @param protocol that of the payload
   * @param payload with the message at its reader index
   */
  public static boolean isError(int protocol, ByteBuf payload) {
    int type = of(payload);
    return switch (protocol) {
      case IpProtocol.ICMP -> type == NONE || !Icmpv4Header.isQuery(type);
      case IpProtocol.ICMPV6 -> type == NONE || Icmpv6Header.isError(type);
      default -> false;
    };
  }
}
