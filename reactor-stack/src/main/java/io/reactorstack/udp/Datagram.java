package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Pdu;
import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * A UDP datagram, received or to be sent (RFC 768).
 *
 * @param local this host's end: of a received datagram, the address it was sent to; of one to be sent, the address to
 *     send from, unspecified to let the stack choose (the port is always the socket's)
 * @param remote the peer's end; of one to be sent by a connected socket it may be {@link #CONNECTED}
 * @param trafficClass DSCP and ECN bits, 0 to 255
 * @param hopLimit TTL or hop limit, 0 to 255; of a datagram to be sent, 0 for the default
 * @param payload the data
 */
public record Datagram(Endpoint local, Endpoint remote, int trafficClass, int hopLimit, ByteBuf payload)
    implements
      Pdu {

  /** The remote end of a datagram that goes to the peer the socket is connected to. */
  public static final Endpoint CONNECTED = new Endpoint(Ipv4Address.UNSPECIFIED, 0);

  private static final Endpoint ANY = new Endpoint(Ipv4Address.UNSPECIFIED, 0);

  /** Checks the ranges. */
  public Datagram {
    Objects.requireNonNull(local, "local");
    Objects.requireNonNull(remote, "remote");
    Objects.requireNonNull(payload, "payload");
    if (trafficClass < 0 || trafficClass > 255 || hopLimit < 0 || hopLimit > 255) {
      throw new IllegalArgumentException("traffic class " + trafficClass + ", hop limit " + hopLimit);
    }
  }

  /** A datagram to {@code remote}. */
  public static Datagram to(Endpoint remote, ByteBuf payload) {
    return new Datagram(ANY, remote, 0, 0, payload);
  }

  /**
   * A datagram to {@code remote}.
   *
   * @throws IllegalArgumentException if the address is unresolved
   */
  public static Datagram to(InetSocketAddress remote, ByteBuf payload) {
    return to(Endpoint.of(remote), payload);
  }

  /** A datagram to the peer that the socket is connected to. */
  public static Datagram toPeer(ByteBuf payload) {
    return to(CONNECTED, payload);
  }

  /**
   * A datagram with other data back to where this one came from, from the address it was sent to.
   *
   * <p>Not every datagram can be answered: one may come from port 0, or from where no route leads back. Such a reply is lost
   * when it is sent, and counted.
   */
  public Datagram reply(ByteBuf data) {
    return new Datagram(local, remote, 0, 0, data);
  }
}
