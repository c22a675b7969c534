package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * All that stands in front of an IP packet's payload, of either version, with the options or the extension headers. It is for
 * those who look into a packet without being its receiver: taps, filters, stories, and the readers of quoted packets.
 *
 * @param source the sender
 * @param destination the receiver
 * @param protocol the protocol of the payload, 0 to 255; in a fragment of IPv6, what the fragment header names
 * @param trafficClass DSCP and ECN bits, 0 to 255
 * @param hopLimit IPv4 TTL, IPv6 hop limit, 0 to 255
 * @param dontFragment whether routers may not fragment it; always true for IPv6
 * @param fragmentOffset octets before this fragment's data; 0 in a whole packet
 * @param moreFragments whether fragments follow this one
 * @param length octets of all headers
 * @param totalLength octets of the packet with all headers, as the header tells
 */
public record IpHeaders(
    IpAddress source,
    IpAddress destination,
    int protocol,
    int trafficClass,
    int hopLimit,
    boolean dontFragment,
    int fragmentOffset,
    boolean moreFragments,
    int length,
    int totalLength) {

  /**
   * Reads the headers at {@code packet}'s reader index, which stays. What lies behind the total length is link padding.
   *
   * @param rejections told once why, if the result is {@code null}
   */
  public static @Nullable IpHeaders parse(ByteBuf packet, Rejections rejections) {
    if (isIpv6(packet)) {
      Ipv6Header header = Ipv6Header.parse(packet, rejections);
      return header == null ? null : of(header, packet, Ipv6Header.LENGTH + header.payloadLength(), rejections);
    }
    Ipv4Header header = Ipv4Header.parse(packet, rejections);
    return header == null ? null : of(header);
  }

  /**
   * Reads the headers of a packet that an ICMP error quotes, whose end may be missing.
   *
   * @param rejections told once why, if the result is {@code null}
   */
  public static @Nullable IpHeaders parseQuoted(ByteBuf quote, Rejections rejections) {
    if (isIpv6(quote)) {
      Ipv6Header header = Ipv6Header.parseQuoted(quote, rejections);
      return header == null ? null : of(header, quote, quote.readableBytes(), rejections);
    }
    Ipv4Header header = Ipv4Header.parseQuoted(quote, rejections);
    return header == null ? null : of(header);
  }

  /** Whether the packet at {@code packet}'s reader index says that it is of version 6. */
  public static boolean isIpv6(ByteBuf packet) {
    return packet.isReadable() && packet.getUnsignedByte(packet.readerIndex()) >>> 4 == 6;
  }

  private static IpHeaders of(Ipv4Header header) {
    return new IpHeaders(header.source(), header.destination(), header.protocol(), header.trafficClass(), header.ttl(),
        header.dontFragment(), header.fragmentOffset(), header.moreFragments(), header.length(), header.totalLength());
  }

  private static @Nullable IpHeaders of(Ipv6Header header, ByteBuf packet, int octets, Rejections rejections) {
    int start = packet.readerIndex();
    Ipv6Chain chain = Ipv6Chain.skim(packet, start, start + octets);
    if (chain.outcome() == Ipv6Chain.Outcome.DISCARD) {
      rejections.count(chain.reason());
      return null;
    }
    int protocol = chain.next();
    int length = chain.length();
    if (chain.outcome() == Ipv6Chain.Outcome.PART) {
      protocol = packet.getUnsignedByte(start + length);
      length += Ipv6Chain.FRAGMENT_HEADER;
    }
    return new IpHeaders(header.source(), header.destination(), protocol, header.trafficClass(), header.hopLimit(),
        true, chain.fragmentOffset(), chain.moreFragments(), length, Ipv6Header.LENGTH + header.payloadLength());
  }

  /** Whether the packet is only a part of one. */
  public boolean isFragment() {
    return moreFragments || fragmentOffset != 0;
  }

  @Override
  public String toString() {
    return source + " > " + destination + " protocol " + protocol + " hops " + hopLimit + " len " + totalLength
        + (isFragment() ? " fragment at " + fragmentOffset + (moreFragments ? "+" : "") : "");
  }
}
