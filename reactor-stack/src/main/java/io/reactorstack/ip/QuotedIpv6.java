package io.reactorstack.ip;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Ipv6Address;
import org.jspecify.annotations.Nullable;

/**
 * What an ICMPv6 error's quote tells of the IPv6 packet that drew it.
 *
 * @param source the packet's sender
 * @param destination its receiver
 * @param protocol the protocol of its payload
 * @param length octets of its header with all extensions
 */
public record QuotedIpv6(Ipv6Address source, Ipv6Address destination, int protocol, int length) {

  /** Reads the packet at {@code quote}'s reader index, which stays; {@code null} if its payload cannot be found. */
  public static @Nullable QuotedIpv6 read(ByteBuf quote) {
    Ipv6Header header = Ipv6Header.parseQuoted(quote);
    if (header == null) {
      return null;
    }
    Ipv6Chain chain = Ipv6Chain.skim(quote, quote.readerIndex(), quote.writerIndex());
    return chain.outcome() == Ipv6Chain.Outcome.PAYLOAD
        ? new QuotedIpv6(header.source(), header.destination(), chain.next(), chain.length())
        : null;
  }

  /** Octets from the beginning of the received {@code packet}'s header to the field that names its payload. */
  public static int offsetOfProtocol(IpPacket packet) {
    ByteBuf bytes = packet.payload();
    int start = bytes.readerIndex() - packet.headerLength();
    return Ipv6Chain.skim(bytes, start, bytes.writerIndex()).nameOffset();
  }
}
