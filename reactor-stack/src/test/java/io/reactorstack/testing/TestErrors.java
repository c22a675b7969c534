package io.reactorstack.testing;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.Unpooled;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.icmp.QuotedPacket;
import io.reactorstack.packet.IpAddress;

/** Creates ICMP errors as if they had been received. */
public final class TestErrors {

  private TestErrors() {}

  /** Returns an error of {@code kind} about a packet with the payload {@code transport}. */
  public static IcmpError of(IcmpError.Kind kind, IpAddress reporter, int mtu, IpAddress source, IpAddress destination,
      int protocol, byte[] transport) {
    String from = source.toString();
    String to = destination.toString();
    byte[] packet = source.isV4()
        ? Packets.ipv4(from, to, protocol, transport)
        : Packets.ipv6(from, to, protocol, transport);
    QuotedPacket quote = requireNonNull(QuotedPacket.parse(Unpooled.wrappedBuffer(packet)));
    return switch (kind) {
      case PACKET_TOO_BIG -> new IcmpError.PacketTooBig(mtu, reporter, quote);
      case HOP_LIMIT_EXCEEDED, REASSEMBLY_TIME_EXCEEDED -> new IcmpError.TimeExceeded(kind, reporter, quote);
      case PARAMETER_PROBLEM -> new IcmpError.ParameterProblem(0, 0, reporter, quote);
      default -> new IcmpError.DestinationUnreachable(0, kind, reporter, quote);
    };
  }
}
