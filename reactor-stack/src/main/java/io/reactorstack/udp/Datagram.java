package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Pdu;
import io.reactorstack.setting.Checks;
import io.reactorstack.wire.Ipv4Options;
import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * A UDP datagram, received or to be sent (RFC 768).
 *
 * @param local the local endpoint: for a received datagram, the address to which it was sent; for one to be sent, the
 * source address, unspecified to let the stack choose (the port is always that of the socket)
 * @param remote the peer's endpoint; for a datagram to be sent by a connected socket it may be {@link #CONNECTED}
 * @param trafficClass DSCP and ECN bits, 0 to 255; for a datagram to be sent, 0 selects the socket's
 * @param hopLimit TTL or hop limit, 0 to 255; for a datagram to be sent, 0 selects the socket's
 * @param options the IPv4 options; for a datagram to be sent, none selects the socket's. Over IPv6 there are none
 * @param segmentSize for data to be sent as several datagrams, the octets in each of them, except the last one, which may
 * be shorter; 0 for one datagram
 * @param payload the data
 */
public record Datagram(
    Endpoint local, Endpoint remote, int trafficClass, int hopLimit, Ipv4Options options, int segmentSize,
    ByteBuf payload)
    implements
      Pdu {

  private static final int LONGEST = 0xffff;

  /** The remote endpoint of a datagram to the peer of a connected socket. */
  public static final Endpoint CONNECTED = new Endpoint(Ipv4Address.UNSPECIFIED, 0);

  private static final Endpoint ANY = new Endpoint(Ipv4Address.UNSPECIFIED, 0);

  /** Checks the ranges. */
  public Datagram {
    Objects.requireNonNull(local, "local");
    Objects.requireNonNull(remote, "remote");
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(payload, "payload");
    if (trafficClass < 0 || trafficClass > 255 || hopLimit < 0 || hopLimit > 255) {
      throw new IllegalArgumentException("traffic class " + trafficClass + ", hop limit " + hopLimit);
    }
    Checks.range("segmentSize", segmentSize, 0, LONGEST, "octets");
  }

  /** Creates a single datagram. */
  public Datagram(
      Endpoint local, Endpoint remote, int trafficClass, int hopLimit, Ipv4Options options, ByteBuf payload) {
    this(local, remote, trafficClass, hopLimit, options, 0, payload);
  }

  /** Creates a datagram without IPv4 options. */
  public Datagram(Endpoint local, Endpoint remote, int trafficClass, int hopLimit, ByteBuf payload) {
    this(local, remote, trafficClass, hopLimit, Ipv4Options.NONE, payload);
  }

  /** Returns a datagram to {@code remote}. */
  public static Datagram to(Endpoint remote, ByteBuf payload) {
    return new Datagram(ANY, remote, 0, 0, payload);
  }

  /**
   * Returns a datagram to {@code remote}.
   *
   * @throws IllegalArgumentException if the address is unresolved
   */
  public static Datagram to(InetSocketAddress remote, ByteBuf payload) {
    return to(Endpoint.of(remote), payload);
  }

  /** Returns a datagram to the peer of a connected socket. */
  public static Datagram toPeer(ByteBuf payload) {
    return to(CONNECTED, payload);
  }

  /**
   * Returns a datagram with other data to the sender of this one, from the address to which this one was sent.
   *
   * <p>Not every datagram can be answered: its source port may be 0, or there may be no route to its sender. Such a
   * reply is dropped and counted when it is sent.
   */
  public Datagram reply(ByteBuf data) {
    return new Datagram(local, remote, 0, 0, data);
  }

  /**
   * Returns this datagram with these DSCP and ECN bits.
   *
   * @param bits 0 to 255; 0 selects the socket's
   * @throws IllegalArgumentException if {@code bits} is out of range
   */
  public Datagram withTrafficClass(int bits) {
    return new Datagram(local, remote, bits, hopLimit, options, segmentSize, payload);
  }

  /**
   * Returns this datagram with this TTL or hop limit.
   *
   * @param hops 0 to 255; 0 selects the socket's
   * @throws IllegalArgumentException if {@code hops} is out of range
   */
  public Datagram withHopLimit(int hops) {
    return new Datagram(local, remote, trafficClass, hops, options, segmentSize, payload);
  }

  /** Returns this datagram with these IPv4 options. */
  public Datagram withOptions(Ipv4Options ipv4) {
    return new Datagram(local, remote, trafficClass, hopLimit, ipv4, segmentSize, payload);
  }

  /**
   * Returns the data of this datagram as several datagrams of {@code octets} octets; the last one may be shorter. They
   * cost less than if they are sent one by one, because most of the host's layers handle them as one. Fragments are not
   * made from them as a whole, but from each that needs some. QUIC sends such bursts.
   *
   * @param octets 1 to 65535; 0 for one datagram
   * @throws IllegalArgumentException if {@code octets} is out of range
   */
  public Datagram withSegmentSize(int octets) {
    return new Datagram(local, remote, trafficClass, hopLimit, options, octets, payload);
  }

  /** The octets of data in the longest of the datagrams. */
  int longest() {
    int length = payload.readableBytes();
    return segmentSize == 0 ? length : Math.min(length, segmentSize);
  }

  /**
   * Returns {@code length} octets of the data, beginning with the one at {@code offset}, as a view that the caller does
   * not own: as several datagrams if they are longer than the segment size.
   */
  Datagram part(int offset, int length) {
    ByteBuf data = payload.slice(payload.readerIndex() + offset, length);
    return new Datagram(local, remote, trafficClass, hopLimit, options, length > segmentSize ? segmentSize : 0, data);
  }
}
