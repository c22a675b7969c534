package io.reactorstack;

import io.reactorstack.device.Carrier;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.ethernet.EthernetDrop;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.ethernet.EthernetLayer;
import io.reactorstack.ip.IpHost;
import io.reactorstack.ip.IpInterface;
import io.reactorstack.ip.IpLayer;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.layer.Demux;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.UnitTaker;
import io.reactorstack.multicast.LinkFilter;
import io.reactorstack.neighbor.ArpLayer;
import io.reactorstack.neighbor.GroupAddresses;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.NeighborSettings;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.EtherType;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The floors of one interface, from its device up to IP. */
final class Link {

  private static final Logger LOG = Loggers.getLogger(Link.class);

  private final StackShard shard;
  private final NetworkDevice device;
  private final IpHost.Attachment attachment;
  private final Egress<IpPacket> egress;
  private final IpLayer ip;
  private @Nullable NeighborCache neighbors;
  private @Nullable ArpLayer arp;
  private @Nullable Disposable watching;
  private @Nullable Carrier carrier;
  private boolean closed;

  private Link(StackShard shard, NetworkDevice device, IpInterface description) {
    this.shard = shard;
    this.device = device;
    this.egress = new Egress<>(shard.turn());
    this.attachment = shard.ip().attach(description, egress);
    this.ip = new IpLayer(shard.ip(), attachment, shard.random(), shard.drops());
    ip.onUndelivered(shard.icmp()::undelivered);
    ip.onComplaint(shard.icmp()::complain);
  }

  /** Builds the floors over {@code device} and sets them going. */
  static Link attach(StackShard shard, String name, NetworkDevice device, List<IpPrefix> addresses) {
    var capabilities = device.capabilities();
    var description = new IpInterface(
        name, capabilities.mtu(), capabilities.macAddress(), addresses, Set.of(IpInterface.ALL_HOSTS));
    Link link = new Link(shard, device, description);
    if (capabilities.medium() == Medium.ETHERNET) {
      link.assembleEthernet(Objects.requireNonNull(capabilities.macAddress()));
    } else {
      link.assembleBare();
    }
    if (!description.isLoopback()) {
      link.watching = device.carrier().subscribe(
          link::onCarrier, cause -> LOG.error("interface {} cannot be watched any more", name, cause));
    }
    return link;
  }

  /** The house in one place: follow a frame up, then a packet down. */
  private void assembleEthernet(MacAddress mac) {
    var drops = shard.drops();
    var ethernet = new EthernetLayer(mac, drops);
    var cache = new NeighborCache(
        shard.turn(), mac, attachment, shard.random(), NeighborSettings.DEFAULT, drops, shard.memory());
    var resolution = new ArpLayer(mac, attachment, cache, shard.turn(), drops, shard.memory().allocator());
    cache.onUndeliverable(ip::nextHopUnreachable);
    attachment.onConfirmed(cache::confirm);
    attachment.onDoubted(cache::doubt);
    ethernet.join(GroupAddresses.of(IpInterface.ALL_HOSTS));
    shard.groups().attach(attachment, filter(ethernet));
    neighbors = cache;
    arp = resolution;

    var types = new Demux<Integer, EthernetFrame>(
        EthernetFrame::type, frame -> drops.drop(frame, EthernetDrop.UNKNOWN_TYPE), drops);
    UnitTaker.subscribe(resolution.receive(types.branch(EtherType.ARP)), cache, drops);
    shard.protocols().connect(ip.receive(types.branch(EtherType.IPV4)));
    device.send(ethernet.send(cache.resolve(ip.send(egress.flux())))).subscribe(null, this::failed);
    types.connect(ethernet.receive(device.receive().doOnError(this::failed)));
  }

  private static LinkFilter filter(EthernetLayer ethernet) {
    return new LinkFilter() {
      @Override
      public void join(IpAddress group) {
        ethernet.join(GroupAddresses.of(group));
      }

      @Override
      public void leave(IpAddress group) {
        ethernet.leave(GroupAddresses.of(group));
      }
    };
  }

  private void assembleBare() {
    var bare = ip.bare();
    shard.groups().attach(attachment, LinkFilter.NONE);
    shard.protocols().connect(bare.receive(device.receive().doOnError(this::failed)));
    device.send(bare.send(egress.flux())).subscribe(null, this::failed);
  }

  /** The medium is connected, or it is not: at first, and whenever that changes. */
  private void onCarrier(Carrier now) {
    if (closed) {
      return;
    }
    Carrier before = carrier;
    carrier = now;
    boolean up = now == Carrier.UP;
    String name = attachment.current().name();
    attachment.carrying(up);
    shard.linkStates().set(new LinkState(name, up ? LinkState.Status.UP : LinkState.Status.DOWN, null));
    if (before == null && up && shard.announcesAddresses()) {
      announceAll();
    }
    if (before != null) {
      LOG.info("interface {} is {}", name, up ? "up" : "down");
      if (up) {
        onBack();
      }
    }
  }

  /**
   * The medium is connected again, perhaps to another network than before: neighbours are asked for anew, ours hear where we
   * are, routers which groups we listen to, and connections try whether they still reach their peers.
   */
  private void onBack() {
    if (neighbors != null) {
      neighbors.relearn();
    }
    announceAll();
    shard.groups().retell(attachment);
    shard.tcp().onLinkUp(egress);
  }

  /** RFC 5227 2.3: switches and neighbours learn us before our first packet, and forget who had the address before. */
  private void announceAll() {
    for (IpPrefix own : attachment.current().addresses()) {
      announce(own.address());
    }
  }

  /** The interface this is. */
  IpHost.Attachment attachment() {
    return attachment;
  }

  /** {@code own} is the interface's from now on. */
  void onAddressAdded(IpAddress own) {
    if (neighbors != null) {
      // The neighbour that had it before has it no more.
      neighbors.forget(own::equals);
    }
    if (carrier == Carrier.UP) {
      announce(own);
    }
  }

  /** The routes have changed: neighbours are only those on the link, and paths may be others. */
  void onRoutesChanged(Predicate<? super IpAddress> onLink) {
    attachment.forgetPathMtus();
    if (neighbors != null) {
      neighbors.forget(onLink.negate());
    }
  }

  private void announce(IpAddress own) {
    if (arp != null && own instanceof Ipv4Address v4) {
      arp.announce(v4);
    }
  }

  /** The medium is gone: nothing comes or leaves here any more, and routes over this interface are not used. */
  private void failed(Throwable cause) {
    if (!closed) {
      String name = attachment.current().name();
      LOG.warn("interface {} failed: {}", name, cause.toString());
      close();
      shard.tcp().onDeviceFailure(egress);
      shard.udp().onDeviceFailure(egress);
      shard.linkStates().set(new LinkState(name, LinkState.Status.FAILED, cause));
    }
  }

  boolean hasFailed(IpAddress neighbor) {
    return neighbors != null && neighbors.hasFailed(neighbor);
  }

  void close() {
    closed = true;
    if (watching != null) {
      watching.dispose();
    }
    if (arp != null) {
      arp.close();
    }
    if (neighbors != null) {
      neighbors.close();
    }
    shard.groups().detach(attachment);
    shard.ip().detach(attachment);
    device.dispose();
  }
}
