package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;

/**
 * The places of the headers in a frame with a whole TCP segment or UDP datagram. One object reads one frame after the
 * other, so that nothing is allocated for a frame.
 *
 * <p>All offsets count octets from the reader index of the frame. They are valid after {@link #read} has returned true,
 * until its next call. Only lengths and header types are checked, so that the headers can be changed within the bounds
 * of the frame; the layers above check the contents.
 */
public final class FrameLayout {

  private static final int VLAN_TAG = 4;
  /** The offset of the EtherType in an untagged frame. */
  private static final int ETHER_TYPE = 12;

  /** The offset of the fragment offset with the flags, in an IPv4 header. */
  private static final int FRAGMENT_WORD = 6;
  /** The mask of the fragment offset and of the flag "more fragments". */
  private static final int FRAGMENT = 0x3fff;
  private static final int IPV4_PROTOCOL = 9;
  private static final int IPV6_PAYLOAD_LENGTH = 4;
  private static final int IPV6_NEXT_HEADER = 6;
  private static final int TCP_DATA_OFFSET = 12;

  private final boolean isEthernet;
  private boolean isV4;
  private int ip;
  private int protocol;
  private int transport;
  private int payload;
  private int end;

  /** Creates a layout for Ethernet frames if {@code isEthernet} is true, or for bare packets of IP. */
  public FrameLayout(boolean isEthernet) {
    this.isEthernet = isEthernet;
  }

  /** Reads the frame; returns false if it holds no whole TCP segment or UDP datagram, or its headers are cut off. */
  public boolean read(ByteBuf frame) {
    int start = frame.readerIndex();
    int octets = frame.readableBytes();
    ip = isEthernet ? afterLinkHeader(frame, start, octets) : 0;
    if (octets < ip + Ipv4Header.MINIMUM) {
      return false;
    }
    int first = frame.getUnsignedByte(start + ip);
    isV4 = first >>> 4 == 4;
    boolean isRead = isV4 ? readIpv4(frame, start, first) : first >>> 4 == 6 && readIpv6(frame, start, octets);
    return isRead && end <= octets && readTransport(frame, start);
  }

  /** Returns the offset behind the Ethernet header, or a length that no frame has if the payload is not IP. */
  private static int afterLinkHeader(ByteBuf frame, int start, int octets) {
    if (octets < EthernetHeader.MINIMUM + VLAN_TAG) {
      return Integer.MAX_VALUE / 2;
    }
    int type = frame.getUnsignedShort(start + ETHER_TYPE);
    boolean isTagged = type == EtherType.VLAN;
    if (isTagged) {
      type = frame.getUnsignedShort(start + ETHER_TYPE + VLAN_TAG);
    }
    if (type != EtherType.IPV4 && type != EtherType.IPV6) {
      return Integer.MAX_VALUE / 2;
    }
    return isTagged ? EthernetHeader.MINIMUM + VLAN_TAG : EthernetHeader.MINIMUM;
  }

  private boolean readIpv4(ByteBuf frame, int start, int first) {
    int header = (first & 0xf) << 2;
    end = ip + frame.getUnsignedShort(start + ip + 2);
    protocol = frame.getUnsignedByte(start + ip + IPV4_PROTOCOL);
    transport = ip + header;
    return header >= Ipv4Header.MINIMUM && (frame.getUnsignedShort(start + ip + FRAGMENT_WORD) & FRAGMENT) == 0;
  }

  private boolean readIpv6(ByteBuf frame, int start, int octets) {
    if (octets < ip + Ipv6Header.LENGTH) {
      return false;
    }
    transport = ip + Ipv6Header.LENGTH;
    end = transport + frame.getUnsignedShort(start + ip + IPV6_PAYLOAD_LENGTH);
    protocol = frame.getUnsignedByte(start + ip + IPV6_NEXT_HEADER);
    if (protocol == IpProtocol.TCP || protocol == IpProtocol.UDP) {
      return true;
    }
    if (end > octets) {
      return false;
    }
    Ipv6Chain chain = Ipv6Chain.skim(frame.slice(start + ip, end - ip), 0, end - ip);
    protocol = chain.next();
    transport = ip + chain.length();
    return chain.outcome() == Ipv6Chain.Outcome.PAYLOAD && chain.fragment() == null;
  }

  private boolean readTransport(ByteBuf frame, int start) {
    if (protocol == IpProtocol.UDP) {
      payload = transport + UdpHeader.LENGTH;
      return payload <= end;
    }
    if (protocol != IpProtocol.TCP || transport + TcpSegment.MINIMUM > end) {
      return false;
    }
    int header = (frame.getByte(start + transport + TCP_DATA_OFFSET) & 0xf0) >>> 2;
    payload = transport + header;
    return header >= TcpSegment.MINIMUM && payload <= end;
  }

  /** Returns whether the packet is one of IPv4; otherwise it is one of IPv6. */
  public boolean isV4() { return isV4; }

  /** The offset of the IP header: the length of the link header. */
  public int ip() {
    return ip;
  }

  /** {@link IpProtocol#TCP} or {@link IpProtocol#UDP}. */
  public int protocol() {
    return protocol;
  }

  /** Returns whether the packet carries a TCP segment. */
  public boolean isTcp() { return protocol == IpProtocol.TCP; }

  /** The offset of the TCP or UDP header. */
  public int transport() {
    return transport;
  }

  /** The offset of the payload of the segment or datagram: the length of all headers. */
  public int payload() {
    return payload;
  }

  /** The offset behind the last octet of the packet; link padding may follow. */
  public int end() {
    return end;
  }

  /** The length of the payload, in octets. */
  public int payloadLength() {
    return end - payload;
  }
}
