package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.IcmpType;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The packet that an ICMP error is about, as the error quotes it: its headers, and at least the first eight octets of
 * its payload. The end of the packet may be missing. Immutable.
 */
public final class QuotedPacket {

  /** The least number of octets behind the headers (RFC 792). */
  private static final int MINIMUM_TRANSPORT = 8;

  private final IpHeaders headers;
  private final byte[] octets;
  private final IpAddress destination;

  private QuotedPacket(IpHeaders headers, byte[] octets, IpAddress destination) {
    this.headers = headers;
    this.octets = octets;
    this.destination = destination;
  }

  /**
   * Parses the packet in the readable bytes of {@code quote}; does not move the indices. Returns {@code null} if the
   * headers are malformed, fewer than eight octets follow them, or the packet is not the first of its fragments: the
   * others do not begin with a transport header.
   */
  public static @Nullable QuotedPacket parse(ByteBuf quote) {
    IpHeaders headers = IpHeaders.parseQuoted(quote, Rejections.UNCOUNTED);
    if (headers == null
        || headers.fragmentOffset() != 0
        || quote.readableBytes() - headers.length() < MINIMUM_TRANSPORT) {
      return null;
    }
    return new QuotedPacket(headers, ByteBufUtil.getBytes(quote), headers.destination());
  }

  /** Returns the packet as one that was sent over the interface on which {@code error} has arrived. */
  QuotedPacket sentOverTheLinkOf(InboundPacket error) {
    return new QuotedPacket(headers, octets, error.inZone(headers.destination()));
  }

  /** The IP headers, with options or extension headers; a router may have changed the traffic class and hop limit. */
  public IpHeaders headers() {
    return headers;
  }

  /** The source: one of this host's addresses. */
  public IpAddress source() {
    return headers.source();
  }

  /** The destination; a link-local one with the zone of the link on which the error has arrived. */
  public IpAddress destination() {
    return destination;
  }

  /** The protocol of the payload, 0 to 255. */
  public int protocol() {
    return headers.protocol();
  }

  /** The source port, for a protocol that has ports. */
  public int sourcePort() {
    return unsignedShort(0);
  }

  /** The destination port, for a protocol that has ports. */
  public int destinationPort() {
    return unsignedShort(2);
  }

  /** The second word of the payload: a TCP sequence number, or an echo's identifier and sequence number. */
  public int secondWord() {
    return unsignedShort(4) << 16 | unsignedShort(6);
  }

  /** The type of the quoted ICMP message, 0 to 255; {@link IcmpType#NONE} if the packet has another protocol. */
  int messageType() {
    boolean message = headers.protocol() == IpProtocol.ICMP || headers.protocol() == IpProtocol.ICMPV6;
    return message ? octets[headers.length()] & 0xff : IcmpType.NONE;
  }

  private int unsignedShort(int index) {
    int at = headers.length() + index;
    return (octets[at] & 0xff) << 8 | octets[at + 1] & 0xff;
  }

  /** Returns a copy of all quoted octets, from the IP header on. */
  public byte[] octets() {
    return octets.clone();
  }

  /** Returns a copy of the quoted octets behind the headers; at least eight. */
  public byte[] payload() {
    return Arrays.copyOfRange(octets, headers.length(), octets.length);
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof QuotedPacket other && Arrays.equals(octets, other.octets);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(octets);
  }

  @Override
  public String toString() {
    return headers + " (" + octets.length + " octets quoted)";
  }
}
