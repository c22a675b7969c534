package io.reactorstack.ip.input;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.IpHeader;
import io.reactorstack.wire.Ipv4Options;

/**
 * A received IP packet of either version, without link padding.
 *
 * @param header the IP header; for IPv6 the fixed header only
 * @param protocol the protocol number of the payload, 0 to 255; for IPv6 the one behind the extension headers
 * @param options the IPv4 options; none for IPv6
 * @param headerLength the octets before the payload: the header with its options or extension headers
 * @param broadcast true if the packet arrived in a link-layer broadcast or multicast, or is addressed to an IP
 *     broadcast or multicast address; such a packet is never answered with an error (RFC 1122 section 3.2.2)
 * @param payload the payload; the {@code headerLength} octets before its reader index are the header as received, for
 *     quoting in ICMP errors
 * @param facts the device's metadata
 * @param ingress the interface on which the packet arrived
 */
public record InboundPacket(
    IpHeader header,
    int protocol,
    Ipv4Options options,
    int headerLength,
    boolean broadcast,
    ByteBuf payload,
    PacketFacts facts,
    NetworkInterface ingress)
    implements
      Pdu,
      EnclosingPacket {

  /** The source address. */
  @Override
  public IpAddress source() {
    return header.source();
  }

  /**
   * The source address as the host's transports write it: a link-local one has the zone of the interface on which the
   * packet arrived (RFC 4007 section 9).
   */
  public IpAddress peer() {
    return inZone(header.source());
  }

  /** Returns {@code address}, in the zone of the interface on which the packet arrived if it is link-local. */
  public IpAddress inZone(IpAddress address) {
    return address instanceof Ipv6Address v6 && v6.isLinkLocal() && !ingress.isLoopback()
        ? v6.withZone(ingress.zone())
        : address;
  }

  /** Returns the packet as the carrier of a segment whose peer has the address {@link #peer}. */
  public EnclosingPacket carrierFromPeer() {
    return source().isLinkLocal() ? EnclosingPacket.of(peer(), destination(), ecn(), facts) : this;
  }

  /** The destination address. */
  @Override
  public IpAddress destination() {
    return header.destination();
  }

  /** The DSCP and ECN bits, 0 to 255. */
  public int trafficClass() {
    return header.trafficClass();
  }

  /** The remaining hops on arrival, 0 to 255. */
  public int hopLimit() {
    return header.hopLimit();
  }

  /** The ECN bits of the traffic class (RFC 3168): 0 Not-ECT, 1 ECT(1), 2 ECT(0), 3 CE. */
  @Override
  public int ecn() {
    return header.trafficClass() & 3;
  }

  /**
   * Returns the packet with another buffer of the same contents; the {@code headerLength} octets before the reader index
   * of {@code bytes} are the header.
   */
  public InboundPacket withPayload(ByteBuf bytes) {
    return new InboundPacket(header, protocol, options, headerLength, broadcast, bytes, facts, ingress);
  }

  /** Returns a copy of the packet with a copied payload. The copy has no header octets before its payload. */
  public InboundPacket copy() {
    return new InboundPacket(header, protocol, options, 0, broadcast, payload.copy(), facts, ingress);
  }
}
