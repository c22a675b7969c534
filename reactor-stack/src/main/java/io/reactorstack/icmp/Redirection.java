package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.Ipv4Sources;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.Ipv4Header;

/**
 * The redirects of ICMP for IPv4: checks a message of a gateway and applies it (RFC 792, RFC 1122 section 3.2.2.2). A
 * redirect of a network is treated as one of the quoted destination only (RFC 1122 section 3.3.1.2).
 */
final class Redirection {

  private static final int LAST_CODE = 3;

  private final IpHost host;
  private final Rejections drops;
  private final boolean accepts;
  private boolean forwards;

  Redirection(IpHost host, Rejections drops, boolean accepts) {
    this.host = host;
    this.drops = drops;
    this.accepts = accepts;
  }

  /** Sets whether the host is a router, which follows no redirects (RFC 1812 section 5.2.7.2). */
  void forwarding(boolean on) {
    forwards = on;
  }

  /** Applies {@code message}; returns {@code false} after counting the reason if it has no effect. */
  boolean apply(IcmpMessage message) {
    if (!accepts || forwards) {
      drops.count(IcmpDrop.IGNORED_TYPE);
      return false;
    }
    if (message.code() > LAST_CODE) {
      drops.count(IcmpDrop.UNKNOWN_CODE);
      return false;
    }
    ByteBuf quote = message.payload();
    Ipv4Header quoted = Ipv4Header.parseQuoted(quote, Rejections.UNCOUNTED);
    if (quoted == null) {
      drops.count(IcmpDrop.BAD_QUOTE);
      return false;
    }
    if (!host.isLocal(quoted.source())) {
      drops.count(IcmpDrop.NOT_OUR_PACKET);
      return false;
    }
    Ipv4Address gateway = new Ipv4Address(message.rest());
    NetworkInterface link = message.carrier().ingress();
    if (!isUsable(gateway, link) || !isFirstHop(message, quoted.destination(), link)) {
      drops.count(IcmpDrop.BAD_REDIRECT);
      return false;
    }
    host.redirect(link, quoted.destination(), gateway);
    return true;
  }

  /** RFC 1122 3.2.2.2: the new gateway must be a single other host on the link through which the message arrived. */
  private boolean isUsable(Ipv4Address gateway, NetworkInterface link) {
    return Ipv4Sources.isSingleHost(gateway)
        && !gateway.isLoopback()
        && link.isOnLink(gateway)
        && !link.isBroadcast(gateway)
        && !host.isLocal(gateway);
  }

  /** RFC 1122 3.2.2.2: the sender must be the gateway to which packets to {@code destination} go now. */
  private boolean isFirstHop(IcmpMessage message, Ipv4Address destination, NetworkInterface link) {
    if (message.carrier().broadcast() || !Ipv4Sources.isSingleHost(destination) || host.isBroadcast(destination)) {
      return false;
    }
    Destination path = host.destination(destination);
    return path != null && path.networkInterface() == link && path.nextHop().equals(message.source());
  }
}
