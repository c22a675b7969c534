package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.Ipv6Header;
import org.jspecify.annotations.Nullable;

/** Parses the packet quoted by a received ICMPv6 error. */
final class Icmpv6Quote {

  /** The maximum length of a quote, in octets. RFC 4443 2.4 (c): as much as fits into the minimum MTU. */
  static final int MAXIMUM = Ipv6Header.MINIMUM_MTU - Ipv6Header.LENGTH - IcmpMessage.HEADER;

  private static final int MINIMUM_TRANSPORT = 8;

  private Icmpv6Quote() {}

  /**
   * Returns the error that {@code message} reports about the packet that it quotes, or {@code null} after counting the
   * reason.
   */
  static @Nullable IcmpError read(IcmpMessage message, Rejections rejections) {
    ByteBuf quote = message.payload();
    IpHeaders quoted = IpHeaders.parseQuoted(quote, Rejections.UNCOUNTED);
    // A fragment is not used: its payload need not begin with a transport header.
    if (quoted == null || !(quoted.source() instanceof Ipv6Address) || quoted.isFragment()
        || quote.readableBytes() - quoted.length() < MINIMUM_TRANSPORT) {
      rejections.count(IcmpDrop.BAD_QUOTE);
      return null;
    }
    IcmpError.Kind kind = kind(message.type(), message.code());
    int length = Math.min(IcmpError.TRANSPORT_BYTES, quote.readableBytes() - quoted.length());
    return new IcmpError(
        kind,
        message.source(),
        kind == IcmpError.Kind.PACKET_TOO_BIG ? mtu(message.rest()) : 0,
        quoted.source(),
        quoted.destination(),
        quoted.protocol(),
        ByteBufUtil.getBytes(quote, quote.readerIndex() + quoted.length(), length, true));
  }

  /** Returns the MTU from a 32-bit field, limited to 65535: larger values make no difference. */
  private static int mtu(int field) {
    return field < 0 ? 0xffff : Math.min(field, 0xffff);
  }

  private static IcmpError.Kind kind(int type, int code) {
    return switch (type) {
      case Icmpv6Header.DESTINATION_UNREACHABLE -> unreachable(code);
      case Icmpv6Header.PACKET_TOO_BIG -> IcmpError.Kind.PACKET_TOO_BIG;
      case Icmpv6Header.TIME_EXCEEDED ->
        code == 1 ? IcmpError.Kind.REASSEMBLY_TIME_EXCEEDED : IcmpError.Kind.HOP_LIMIT_EXCEEDED;
      // RFC 4443 3.4: an unknown next header is what IPv4 calls "protocol unreachable".
      case Icmpv6Header.PARAMETER_PROBLEM ->
        code == 1 ? IcmpError.Kind.PROTOCOL_UNREACHABLE : IcmpError.Kind.PARAMETER_PROBLEM;
      // RFC 4443 2.4 (a): errors of unknown types are passed to the upper layer too, as soft errors.
      default -> IcmpError.Kind.PARAMETER_PROBLEM;
    };
  }

  private static IcmpError.Kind unreachable(int code) {
    return switch (code) {
      case 1, 5, 6 -> IcmpError.Kind.PROHIBITED;
      case 2, 3 -> IcmpError.Kind.HOST_UNREACHABLE;
      case 4 -> IcmpError.Kind.PORT_UNREACHABLE;
      default -> IcmpError.Kind.NETWORK_UNREACHABLE;
    };
  }
}
