package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.Ipv6Header;
import org.jspecify.annotations.Nullable;

/** Parses the packet quoted by a received ICMPv6 error. */
final class Icmpv6Quote {

  /** The maximum length of a quote, in octets. RFC 4443 2.4 (c): as much as fits into the minimum MTU. */
  static final int MAXIMUM = Ipv6Header.MINIMUM_MTU - Ipv6Header.LENGTH - IcmpMessage.HEADER;

  private Icmpv6Quote() {}

  /**
   * Returns the error that {@code message} reports about the packet that it quotes, or {@code null} after counting the
   * reason.
   */
  static @Nullable IcmpError read(IcmpMessage message, Rejections rejections) {
    QuotedPacket parsed = QuotedPacket.parse(message.payload());
    if (parsed == null || parsed.source().isV4()) {
      rejections.count(IcmpDrop.BAD_QUOTE);
      return null;
    }
    QuotedPacket quote = parsed.sentOverTheLinkOf(message.carrier());
    IpAddress reporter = message.carrier().peer();
    int code = message.code();
    return switch (message.type()) {
      case Icmpv6Header.DESTINATION_UNREACHABLE ->
        new IcmpError.DestinationUnreachable(code, unreachable(code), reporter, quote);
      case Icmpv6Header.PACKET_TOO_BIG -> new IcmpError.PacketTooBig(mtu(message.rest()), reporter, quote);
      case Icmpv6Header.TIME_EXCEEDED -> new IcmpError.TimeExceeded(
          code == 1 ? IcmpError.Kind.REASSEMBLY_TIME_EXCEEDED : IcmpError.Kind.HOP_LIMIT_EXCEEDED, reporter, quote);
      case Icmpv6Header.PARAMETER_PROBLEM -> new IcmpError.ParameterProblem(code, message.rest(), reporter, quote);
      // RFC 4443 2.4 (a): errors of unknown types are passed to the upper layer too.
      default -> new IcmpError.UnknownError(message.type(), code, reporter, quote);
    };
  }

  /** Returns the MTU from a 32-bit field, limited to 65535: larger values make no difference. */
  private static int mtu(int field) {
    return field < 0 ? 0xffff : Math.min(field, 0xffff);
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
