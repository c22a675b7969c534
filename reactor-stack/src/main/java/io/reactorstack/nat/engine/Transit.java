package io.reactorstack.nat.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.TcpSegment;
import io.reactorstack.wire.TransportFields;
import io.reactorstack.wire.TransportPorts;
import io.reactorstack.wire.UdpHeader;

/**
 * A packet that begins with a transport header: a whole packet or a first fragment.
 *
 * @param header the IP header
 * @param bytes the packet, with its header at the reader index
 * @param protocol the protocol of the transport header
 * @param now the time
 */
record Transit(Ipv4Header header, ByteBuf bytes, NatProtocol protocol, long now) {

  private static final int TCP_FLAGS = 13;

  /** The index of the transport header. */
  int at() {
    return bytes.readerIndex() + header.length();
  }

  /** The index behind the packet; link padding may follow. */
  int end() {
    return bytes.readerIndex() + header.totalLength();
  }

  /** Returns whether the packet contains the transport header, so that the other methods can be called. */
  boolean hasTransportHeader() {
    return end() - at() >= switch (protocol) {
      case UDP -> UdpHeader.LENGTH;
      case TCP -> TcpSegment.MINIMUM;
      case ICMP -> Icmpv4Header.LENGTH;
    };
  }

  /** Returns whether a later fragment begins within the TCP header, whose bits it could change (RFC 1858 section 4). */
  static boolean isWithinHeader(Ipv4Header header) {
    return header.protocol() == IpProtocol.TCP && header.fragmentOffset() < TcpSegment.MINIMUM;
  }

  Ipv4Address source() {
    return header.source();
  }

  Ipv4Address destination() {
    return header.destination();
  }

  /** The source port, or the identifier of an ICMP query. */
  int sourcePort() {
    return isIcmp() ? TransportFields.identifier(bytes, at()) : TransportPorts.source(bytes, at());
  }

  /** The destination port, or the identifier of an ICMP query. */
  int destinationPort() {
    return isIcmp() ? TransportFields.identifier(bytes, at()) : TransportPorts.destination(bytes, at());
  }

  /** The control bits of a TCP segment. */
  int tcpFlags() {
    return bytes.getUnsignedByte(at() + TCP_FLAGS);
  }

  int icmpType() {
    return bytes.getUnsignedByte(at());
  }

  boolean isIcmp() { return protocol == NatProtocol.ICMP; }

  /** The flow of a packet from inside. */
  Flow sentFlow() {
    return new Flow(protocol, source(), sourcePort(), destination(), isIcmp() ? 0 : destinationPort());
  }
}
