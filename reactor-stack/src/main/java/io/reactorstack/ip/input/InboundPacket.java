package io.reactorstack.ip.input;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.Carrier;
import io.reactorstack.wire.IpHeader;
import io.reactorstack.wire.Ipv4Options;

/**
 * An IP packet of either version that has come in.
 *
 * @param header its header; of IPv6 the fixed one, the extension headers are among the octets before the payload
 * @param protocol the protocol number of the payload, 0 to 255; for IPv6 that behind the extension headers
 * @param options the options of IPv4; none for IPv6
 * @param headerLength octets before the payload: the header with its options or extension headers
 * @param broadcast whether it came in a link-layer broadcast or multicast, or is addressed to an IP broadcast or multicast address;
 *     such a packet is never answered with an error (RFC 1122 section 3.2.2)
 * @param payload the payload, without link padding; the {@code headerLength} octets before its reader index are the header as it
 *     was received, for quoting in ICMP errors
 * @param facts what the device knows
 * @param ingress the interface that it came in through
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
      Carrier {

  /** The sender. */
  @Override
  public IpAddress source() {
    return header.source();
  }

  /** The receiver. */
  @Override
  public IpAddress destination() {
    return header.destination();
  }

  /** DSCP and ECN bits, 0 to 255. */
  public int trafficClass() {
    return header.trafficClass();
  }

  /** Hops that it might still have made, 0 to 255. */
  public int hopLimit() {
    return header.hopLimit();
  }

  /** The ECN bits of the traffic class (RFC 3168): 0 Not-ECT, 1 ECT(1), 2 ECT(0), 3 CE. */
  @Override
  public int ecn() {
    return header.trafficClass() & 3;
  }

  /** The same packet with a payload of its own, which has no header before it. */
  public InboundPacket copy() {
    return new InboundPacket(header, protocol, options, 0, broadcast, payload.copy(), facts, ingress);
  }
}
