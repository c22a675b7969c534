package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * All headers in front of the payload of an IP packet of either version, including options and extension headers. Code
 * that inspects packets without receiving them uses it: taps, filters, stories, and readers of quoted packets.
 *
 * @param source the source address
 * @param destination the destination address
 * @param protocol the protocol of the payload, 0 to 255; in an IPv6 fragment, the next header field of its fragment
 *     header
 * @param trafficClass the DSCP and ECN bits, 0 to 255
 * @param hopLimit IPv4 TTL or IPv6 hop limit, 0 to 255
 * @param dontFragment true if routers must not fragment the packet; always true for IPv6
 * @param fragmentOffset the offset of this fragment's data in octets; 0 in a whole packet
 * @param moreFragments true if fragments follow this one
 * @param length the length of all headers in octets
 * @param totalLength the length of the packet with all headers in octets, as the header states it
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
   * Parses the headers at the reader index of {@code packet}; does not move the indices. Bytes beyond the total length
   * are link padding.
   *
   * @param rejections counts the reason once if the result is {@code null}
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
   * Parses the headers of a packet that an ICMP error quotes. The end of the packet may be missing.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable IpHeaders parseQuoted(ByteBuf quote, Rejections rejections) {
    if (isIpv6(quote)) {
      Ipv6Header header = Ipv6Header.parseQuoted(quote, rejections);
      return header == null ? null : of(header, quote, quote.readableBytes(), rejections);
    }
    Ipv4Header header = Ipv4Header.parseQuoted(quote, rejections);
    return header == null ? null : of(header);
  }

  /** Returns whether the version field of the packet at the reader index is 6. */
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
    int fragmentOffset = 0;
    boolean moreFragments = false;
    Ipv6FragmentHeader fragment = chain.fragment();
    if (fragment != null && chain.outcome() == Ipv6Chain.Outcome.PART) {
      protocol = fragment.nextHeader();
      length += Ipv6FragmentHeader.LENGTH;
      fragmentOffset = fragment.fragmentOffset();
      moreFragments = fragment.moreFragments();
    }
    return new IpHeaders(header.source(), header.destination(), protocol, header.trafficClass(), header.hopLimit(),
        true, fragmentOffset, moreFragments, length, Ipv6Header.LENGTH + header.payloadLength());
  }

  /** Returns whether the packet is a fragment. */
  public boolean isFragment() {
    return moreFragments || fragmentOffset != 0;
  }

  @Override
  public String toString() {
    return source + " > " + destination + " protocol " + protocol + " hops " + hopLimit + " len " + totalLength
        + (isFragment() ? " fragment at " + fragmentOffset + (moreFragments ? "+" : "") : "");
  }
}
