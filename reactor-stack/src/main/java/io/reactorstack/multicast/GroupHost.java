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
 * The multicast groups of a host: what its sockets listen to on each interface, told to the link by IGMP (RFC 3376) and MLD
 * (RFC 3810).
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
   * The groups of {@code host}.
   *
   * @param random spreads reports
   * @param allocator where the messages of this host come from
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

  /** Adds an interface, which listens to nothing yet. */
  public void attach(NetworkInterface networkInterface) {
    links.put(networkInterface, new GroupLink(turn, host, networkInterface, random, allocator));
  }

  /** Forgets an interface, whose medium is gone: nobody is told. */
  public void detach(NetworkInterface networkInterface) {
    GroupLink link = links.remove(networkInterface);
    if (link != null) {
      link.close();
    }
  }

  /** Tells the link anew what is listened to there, as when it may be another one than before. */
  public void retell(NetworkInterface networkInterface) {
    GroupLink link = links.get(networkInterface);
    if (link != null) {
      link.retell();
    }
  }

  /** The groups of a new socket. */
  public SocketGroups newSocket() {
    return new SocketGroups(this);
  }

  /**
   * Sets what {@code listener} wants to hear of {@code group} on an interface (RFC 3376 section 2).
   *
   * @throws SocketException if there is no such interface, it has no address of the group's family (IPv6), or too many groups
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

  /** Takes the IGMP messages in {@code packets}, with unbounded demand, until the result is disposed of. */
  public Disposable igmp(Flux<InboundPacket> packets) {
    return Stage.of(packets, this::takeIgmp, drops).subscribe(nothing -> {}, cause -> {
      // The last interface has gone, and has told of it.
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

  /** Takes the messages of MLD among those of ICMPv6, for good. */
  public void mld(IcmpTypes icmpv6) {
    for (int type : MldMessage.TYPES) {
      Stage.of(icmpv6.branch(type), this::takeMld, drops).subscribe(nothing -> {}, cause -> {
        // The last interface has gone, and has told of it.
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
    // RFC 9776 9.1: so that nobody beyond this link can make hosts talk; the first version knew no such option.
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
    // RFC 3810 5, 5.1.14, RFC 3590 4: from this link, or it is not looked at.
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

  /** RFC 3810 5.1.14: a router is set up wrongly. Said once, so that nobody fills a log from afar. */
  private void complain(InboundPacket packet) {
    if (!badSourceLogged && !packet.source().isUnspecified()) {
      badSourceLogged = true;
      LOG.warn("MLD from {}, which is no address of the link: ignored", packet.source());
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
