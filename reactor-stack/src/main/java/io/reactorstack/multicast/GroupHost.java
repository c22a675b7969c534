package io.reactorstack.multicast;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.icmp.IcmpTypes;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Stage;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.Compatibility;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.IgmpMessage;
import io.reactorstack.wire.MldMessage;
import io.reactorstack.wire.RouterAlert;
import java.net.SocketException;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The multicast groups of a host: the groups that its sockets receive on each interface, reported to the link by IGMP
 * (RFC 3376) and MLD (RFC 3810).
 *
 * <p>Confined to the host's event loop.
 */
public final class GroupHost {

  private static final Logger LOG = Loggers.getLogger(GroupHost.class);

  private final IpHost host;
  private final LoopTurn turn;
  private final RandomGenerator random;
  private final Drops drops;
  private final Counter igmp;
  private final Counter mld;
  private final ByteBufAllocator allocator;
  private final Map<NetworkInterface, GroupLink> links = new HashMap<>();
  private boolean badSourceLogged;

  /**
   * Creates the groups of {@code host}, which has no interfaces yet.
   *
   * @param random spreads reports in time
   * @param allocator the allocator for messages that this host sends
   */
  public GroupHost(
      IpHost host, LoopTurn turn, RandomGenerator random, Drops drops, ByteBufAllocator allocator) {
    this.host = host;
    this.allocator = allocator;
    this.turn = turn;
    this.random = random;
    this.drops = drops;
    this.igmp = drops.meters().consumed("igmp");
    this.mld = drops.meters().consumed("mld");
    host.onEvent(event -> links.values().forEach(GroupLink::addressesChanged));
  }

  /** Adds an interface, which receives no groups yet. */
  public void attach(NetworkInterface networkInterface) {
    links.put(networkInterface, new GroupLink(turn, host, networkInterface, random, allocator));
  }

  /** Removes an interface whose medium is gone, without leave messages. */
  public void detach(NetworkInterface networkInterface) {
    GroupLink link = links.remove(networkInterface);
    if (link != null) {
      link.close();
    }
  }

  /** Reports all memberships of an interface again, because it may be connected to another link than before. */
  public void retell(NetworkInterface networkInterface) {
    GroupLink link = links.get(networkInterface);
    if (link != null) {
      link.retell();
    }
  }

  /** Returns the memberships, none yet, of a new socket. */
  public SocketGroups newSocket() {
    return new SocketGroups(this);
  }

  /**
   * Receives all packets to {@code group} on an interface, and reports that to the link; the interface must have an
   * address of the group's family, at least a tentative one.
   *
   * @param listener the part of the host that listens; the group is left when {@link #leave} has been called for each
   * @throws SocketException if the interface does not exist, or there are too many groups
   */
  public void join(Object listener, NetworkInterface networkInterface, IpAddress group) throws SocketException {
    listen(listener, networkInterface, group, SourceFilter.ANY);
  }

  /** Cancels {@link #join}; has no effect on an interface that was removed. */
  public void leave(Object listener, NetworkInterface networkInterface, IpAddress group) {
    GroupLink link = links.get(networkInterface);
    if (link != null) {
      link.leave(listener, group);
    }
  }

  /**
   * Sets the filter of {@code listener} for {@code group} on an interface (RFC 3376 section 2).
   *
   * @throws SocketException if the interface does not exist, it has no IPv6 address and the group needs one, or there
   * are too many groups
   */
  void listen(Object listener, NetworkInterface networkInterface, IpAddress group, SourceFilter wanted)
      throws SocketException {
    GroupLink link = links.get(networkInterface);
    if (link == null) {
      if (wanted.isNone()) {
        return;
      }
      throw new SocketException("No such device");
    }
    if (!group.isV4() && !wanted.isNone() && !speaksIpv6(networkInterface)) {
      throw new SocketException("No such device: " + networkInterface.name() + " has no IPv6 address");
    }
    link.listen(listener, group, wanted);
  }

  private static boolean speaksIpv6(NetworkInterface networkInterface) {
    return networkInterface.addresses().stream().anyMatch(own -> !own.address().isV4());
  }

  /**
   * Subscribes to {@code packets} with unbounded demand, until the result is disposed of, and handles their IGMP
   * messages.
   */
  public Disposable igmp(Flux<InboundPacket> packets) {
    return Stage.of(packets, this::takeIgmp, drops).subscribe(nothing -> {}, cause -> {
      // The last interface is gone, and has already reported this error.
    });
  }

  private @Nullable InboundPacket takeIgmp(InboundPacket packet) {
    try {
      onIgmp(packet);
    } finally {
      packet.release();
    }
    return null;
  }

  /** Subscribes to the MLD messages of {@code icmpv6}, permanently. */
  public void mld(IcmpTypes icmpv6) {
    for (int type : MldMessage.TYPES) {
      Stage.of(icmpv6.branch(type), this::takeMld, drops).subscribe(nothing -> {}, cause -> {
        // The last interface is gone, and has already reported this error.
      });
    }
  }

  private @Nullable InboundPacket takeMld(InboundPacket packet) {
    try {
      onMld(packet);
    } finally {
      packet.release();
    }
    return null;
  }

  private void onIgmp(InboundPacket packet) {
    if (!packet.source().isV4()) {
      drops.count(MulticastDrop.BAD_VERSION);
      return;
    }
    IgmpMessage message = IgmpMessage.parse(packet.payload(), drops);
    if (message == null) {
      return;
    }
    MulticastDrop refusal = message.body() instanceof GroupMessage.Query query ? refusal(packet, query) : null;
    if (refusal != null) {
      drops.count(refusal);
    } else {
      handle(packet, message.body());
    }
  }

  private static @Nullable MulticastDrop refusal(InboundPacket packet, GroupMessage.Query query) {
    // RFC 9776 9.1: protects hosts from queries sent from beyond this link. The option does not exist in IGMPv1.
    if (query.generation() != Compatibility.JOINS && !packet.options().hasRouterAlert()) {
      return MulticastDrop.NO_ROUTER_ALERT;
    }
    boolean elsewhere = packet.destination().isMulticast()
        && !packet.destination().equals(InterfaceSnapshot.ALL_HOSTS);
    return query.isGeneral() && elsewhere ? MulticastDrop.BAD_DESTINATION : null;
  }

  private void onMld(InboundPacket packet) {
    MldMessage message = MldMessage.parse(packet.payload(), packet, drops);
    if (message == null) {
      return;
    }
    // RFC 3810 5, 5.1.14, RFC 3590 4: messages from beyond this link are ignored.
    if (!(packet.source() instanceof Ipv6Address source) || !source.isLinkLocal()) {
      complain(packet);
      drops.count(MulticastDrop.BAD_SOURCE);
    } else if (packet.hopLimit() != 1) {
      drops.count(MulticastDrop.BAD_HOP_LIMIT);
    } else if (!RouterAlert.isIn(packet.payload(), packet.headerLength())) {
      drops.count(MulticastDrop.NO_ROUTER_ALERT);
    } else {
      handle(packet, message.body());
    }
  }

  /**
   * Logs a router that is misconfigured (RFC 3810 5.1.14). Only the first is logged, so that nobody can fill the log
   * remotely.
   */
  private void complain(InboundPacket packet) {
    if (!badSourceLogged && !packet.source().isUnspecified()) {
      badSourceLogged = true;
      LOG.warn("ignoring MLD from {}, which is not link-local; logged once", packet.source());
    }
  }

  private void consumed(InboundPacket packet) {
    (packet.source().isV4() ? igmp : mld).increment();
  }

  private void handle(InboundPacket packet, GroupMessage message) {
    GroupLink link = links.get(packet.ingress());
    Speaker speaker = link == null ? null : link.speaker(packet.source());
    if (speaker == null) {
      drops.count(MulticastDrop.NO_INTERFACE);
      return;
    }
    switch (message) {
      case GroupMessage.Query query -> {
        consumed(packet);
        speaker.reporter().onQuery(query, turn.now());
      }
      case GroupMessage.Joined joined -> {
        consumed(packet);
        speaker.reporter().onForeignReport(joined.group(), turn.now());
      }
      case GroupMessage.Report report -> drops.count(MulticastDrop.FOR_ROUTERS);
      case GroupMessage.Left left -> drops.count(MulticastDrop.FOR_ROUTERS);
    }
    speaker.told();
  }
}
