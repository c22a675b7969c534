package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.host.Plateaus;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.InboundSegments;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Ipv4Header;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Builds the packet quoted by an ICMP error, and parses it in a received error. */
final class IcmpQuote {

  /** The maximum length of a quote, in octets. RFC 1812 4.3.2.3: as much as fits into a packet of 576 octets. */
  static final int MAXIMUM = 576 - Ipv4Header.MINIMUM - IcmpMessage.HEADER;

  /** The highest defined code of destination unreachable (RFC 1812 section 5.2.7.1). */
  private static final int LAST_UNREACHABLE = 15;

  private IcmpQuote() {}

  /**
   * Returns a copy, with headroom, of the header of the received {@code packet} and of as much of its payload as may be
   * quoted.
   */
  static ByteBuf of(InboundPacket packet, ByteBufAllocator allocator) {
    return InboundSegments.ofFirst(packet, one -> copyOf(one, allocator));
  }

  private static ByteBuf copyOf(InboundPacket packet, ByteBufAllocator allocator) {
    ByteBuf bytes = packet.payload();
    int most = packet.source().isV4() ? MAXIMUM : Icmpv6Quote.MAXIMUM;
    int length = Math.min(most, packet.headerLength() + bytes.readableBytes());
    ByteBuf quote = Headroom.allocate(allocator, length);
    return quote.writeBytes(bytes, bytes.readerIndex() - packet.headerLength(), length);
  }

  /**
   * Returns the error that {@code message} reports about the packet that it quotes, or {@code null} after counting the
   * reason.
   *
   * @param pathMtu returns the known path MTU to a destination
   */
  static @Nullable IcmpError read(
      IcmpMessage message, ToIntFunction<? super IpAddress> pathMtu, Rejections rejections) {
    if (!isKnown(message)) {
      rejections.count(IcmpDrop.UNKNOWN_CODE);
      return null;
    }
    QuotedPacket quote = QuotedPacket.parse(quoted(message));
    if (quote == null || !quote.source().isV4()) {
      rejections.count(IcmpDrop.BAD_QUOTE);
      return null;
    }
    IpAddress reporter = message.source();
    int code = message.code();
    return switch (message.type()) {
      case Icmpv4Header.TIME_EXCEEDED -> new IcmpError.TimeExceeded(
          code == 0 ? IcmpError.Kind.HOP_LIMIT_EXCEEDED : IcmpError.Kind.REASSEMBLY_TIME_EXCEEDED, reporter, quote);
      // RFC 1122 3.2.2.5: code 1 reports a missing option; a host handles all codes alike.
      case Icmpv4Header.PARAMETER_PROBLEM ->
        new IcmpError.ParameterProblem(code, message.rest() >>> 24, reporter, quote);
      default -> {
        IcmpError.Kind kind = unreachable(code);
        yield kind == IcmpError.Kind.PACKET_TOO_BIG
            ? new IcmpError.PacketTooBig(mtu(message.rest() & 0xffff, quote, pathMtu), reporter, quote)
            : new IcmpError.DestinationUnreachable(code, kind, reporter, quote);
      }
    };
  }

  // RFC 1191 4 and 5: routers from before 1990 leave the field at zero, so the MTU has to be estimated.
  private static int mtu(int field, QuotedPacket quoted, ToIntFunction<? super IpAddress> pathMtu) {
    return field != 0
        ? field
        : Plateaus.below(quoted.headers().totalLength(), quoted.headers().length(),
            pathMtu.applyAsInt(quoted.destination()));
  }

  /**
   * Returns the quoted packet. RFC 4884 4: if the length field is set, extensions follow the packet; they are not part
   * of it.
   */
  private static ByteBuf quoted(IcmpMessage message) {
    ByteBuf payload = message.payload();
    int words = message.rest() >>> 16 & 0xff;
    int length = words * 4;
    return words == 0 || length >= payload.readableBytes()
        ? payload
        : payload.slice(payload.readerIndex(), length);
  }

  private static boolean isKnown(IcmpMessage message) {
    return switch (message.type()) {
      case Icmpv4Header.DESTINATION_UNREACHABLE -> message.code() <= LAST_UNREACHABLE;
      case Icmpv4Header.TIME_EXCEEDED -> message.code() <= 1;
      default -> message.type() == Icmpv4Header.PARAMETER_PROBLEM;
    };
  }

  private static IcmpError.Kind unreachable(int code) {
    return switch (code) {
      case 0, 6, 11 -> IcmpError.Kind.NETWORK_UNREACHABLE;
      case 1, 7, 8, 12 -> IcmpError.Kind.HOST_UNREACHABLE;
      case 2 -> IcmpError.Kind.PROTOCOL_UNREACHABLE;
      case 3 -> IcmpError.Kind.PORT_UNREACHABLE;
      case 4 -> IcmpError.Kind.PACKET_TOO_BIG;
      case 5 -> IcmpError.Kind.SOURCE_ROUTE_FAILED;
      default -> IcmpError.Kind.PROHIBITED;
    };
  }
}
