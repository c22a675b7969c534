package io.reactorstack.telemetry;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TransportPorts;

/** The texts for ICMP and ICMPv6 messages, including the packet that an error message quotes. */
final class IcmpTexts {

  private IcmpTexts() {}

  static String of(Icmpv4Header header, ByteBuf body) {
    return switch (header.type()) {
      case Icmpv4Header.ECHO_REQUEST -> echo("ping ", header.rest(), body);
      case Icmpv4Header.ECHO_REPLY -> echo("pong ", header.rest(), body);
      case Icmpv4Header.DESTINATION_UNREACHABLE -> "ICMP " + switch (header.code()) {
        case 0 -> "network unreachable";
        case 1 -> "host unreachable";
        case 2 -> "protocol unreachable";
        case 3 -> "port unreachable";
        case 4 -> "packet too big, mtu=" + (header.rest() & 0xffff);
        default -> "unreachable, code " + header.code();
      } + quoted(body);
      case Icmpv4Header.TIME_EXCEEDED -> timeExceeded(header.code()) + quoted(body);
      case Icmpv4Header.PARAMETER_PROBLEM -> "ICMP parameter problem" + quoted(body);
      default -> "ICMP type " + header.type() + " code " + header.code();
    };
  }

  static String of(Icmpv6Header header, ByteBuf body) {
    return switch (header.type()) {
      case Icmpv6Header.ECHO_REQUEST -> echo("ping ", header.rest(), body);
      case Icmpv6Header.ECHO_REPLY -> echo("pong ", header.rest(), body);
      case Icmpv6Header.DESTINATION_UNREACHABLE -> "ICMP " + switch (header.code()) {
        case 0 -> "no route";
        case 1 -> "prohibited";
        case 3 -> "host unreachable";
        case 4 -> "port unreachable";
        default -> "unreachable, code " + header.code();
      } + quoted(body);
      case Icmpv6Header.PACKET_TOO_BIG ->
        "ICMP packet too big, mtu=" + Integer.toUnsignedString(header.rest()) + quoted(body);
      case Icmpv6Header.TIME_EXCEEDED -> timeExceeded(header.code()) + quoted(body);
      case Icmpv6Header.PARAMETER_PROBLEM -> "ICMP parameter problem" + quoted(body);
      default -> "ICMPv6 type " + header.type() + " code " + header.code();
    };
  }

  private static String echo(String name, int rest, ByteBuf body) {
    return name + (rest & 0xffff) + ", " + body.readableBytes() + " B";
  }

  private static String timeExceeded(int code) {
    return code == 0 ? "ICMP hop limit exceeded" : "ICMP reassembly time exceeded";
  }

  private static String quoted(ByteBuf quote) {
    IpHeaders headers = IpHeaders.parseQuoted(quote, Rejections.UNCOUNTED);
    if (headers == null) {
      return " (unreadable quote)";
    }
    int at = quote.readerIndex() + headers.length();
    boolean ports = TransportPorts.areIn(headers.protocol())
        && headers.fragmentOffset() == 0 && quote.writerIndex() - at >= TransportPorts.LENGTH;
    String protocol = switch (headers.protocol()) {
      case IpProtocol.UDP -> "UDP";
      case IpProtocol.TCP -> "TCP";
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> "ICMP";
      default -> "protocol " + headers.protocol();
    };
    String address = headers.destination().isV4() || !ports
        ? headers.destination().toString()
        : "[" + headers.destination() + "]";
    return " (" + protocol + " to " + address + (ports ? ":" + TransportPorts.destination(quote, at) : "") + ")";
  }
}
