package io.reactorstack.ip;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.Carrier;
import org.jspecify.annotations.Nullable;

/**
 * A parsed IP packet of either version, or one to be encoded.
 *
 * @param source the sender
 * @param destination the receiver
 * @param protocol the protocol number of the payload, 0 to 255
 * @param trafficClass DSCP and ECN bits (IPv4 TOS, IPv6 traffic class), 0 to 255
 * @param hopLimit IPv4 TTL, IPv6 hop limit, 0 to 255
 * @param dontFragment whether routers may not fragment it (IPv4 DF; always true for IPv6)
 * @param broadcast whether it came in a link-layer broadcast or multicast, or is addressed to an IP broadcast or multicast address;
 *     such a packet is never answered with an error (RFC 1122 section 3.2.2)
 * @param headerLength bytes of the IP header as received; in a packet that starts here, bytes of the IPv4 options that it is to
 *     have, mostly 0
 * @param payload what the packet carries, without link padding; the {@code headerLength} bytes before its reader index are
 *     the received IP header, for quoting in ICMP errors, or the options
 * @param facts what the device knows
 * @param ingress the interface that it came in through; {@code null} in a packet that starts here
 */
public record IpPacket(
    IpAddress source,
    IpAddress destination,
    int protocol,
    int trafficClass,
    int hopLimit,
    boolean dontFragment,
    boolean broadcast,
    int headerLength,
    ByteBuf payload,
    PacketFacts facts,
    @Nullable NetworkInterface ingress)
    implements
      Pdu,
      Carrier {

  /** The default hop limit of packets that start here (RFC 1700's recommendation). */
  public static final int DEFAULT_HOP_LIMIT = 64;

  /** A packet that came in through none of this host's interfaces. */
  public IpPacket(
      IpAddress source,
      IpAddress destination,
      int protocol,
      int trafficClass,
      int hopLimit,
      boolean dontFragment,
      boolean broadcast,
      int headerLength,
      ByteBuf payload,
      PacketFacts facts) {
    this(source, destination, protocol, trafficClass, hopLimit, dontFragment, broadcast, headerLength, payload, facts,
        null);
  }

  /** A packet that starts on this host, with DF set and the default hop limit. */
  public static IpPacket outbound(IpAddress source, IpAddress destination, int protocol, ByteBuf payload) {
    return new IpPacket(
        source, destination, protocol, 0, DEFAULT_HOP_LIMIT, true, false, 0, payload, PacketFacts.LOCAL);
  }

  /** The ECN bits of the traffic class (RFC 3168): 0 Not-ECT, 1 ECT(1), 2 ECT(0), 3 CE. */
  @Override
  public int ecn() {
    return trafficClass & 3;
  }
}
