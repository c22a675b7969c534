package io.reactorstack.host;

import io.reactorstack.acd.ConflictReaction;
import io.reactorstack.device.Carrier;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.ethernet.EthernetDrop;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.ethernet.EthernetLayer;
import io.reactorstack.ip.forward.Translation;
import io.reactorstack.ip.host.GroupFilter;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceAddresses;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.ip.input.ArrivalHook;
import io.reactorstack.ip.input.IpInput;
import io.reactorstack.ip.output.DepartureHook;
import io.reactorstack.ip.output.IpOutput;
import io.reactorstack.ip.output.PacketNumbers;
import io.reactorstack.layer.Demux;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.layer.UnitTaker;
import io.reactorstack.ndp.NdpLink;
import io.reactorstack.neighbor.AddressDefense;
import io.reactorstack.neighbor.AddressProbe;
import io.reactorstack.neighbor.ArpLayer;
import io.reactorstack.neighbor.GroupAddresses;
import io.reactorstack.neighbor.LinkContext;
import io.reactorstack.neighbor.LinkOutput;
import io.reactorstack.neighbor.NdpSender;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.Neighbors;
import io.reactorstack.neighbor.RarpLayer;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.EtherType;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The protocol layers of one interface, from its device up to IP. */
final class Link {

  private static final Logger LOG = Loggers.getLogger(Link.class);

  /** The layers that only an Ethernet interface has. */
  private record Resolution(EthernetLayer ethernet, NeighborCache neighbors, ArpLayer arp, RarpLayer rarp,
      NdpSender ndp) {}

  private final StackShard shard;
  /** The drop counters of this interface. */
  private final Drops drops;
  private final NetworkDevice device;
  private final NetworkInterface networkInterface;
  private final @Nullable Resolution resolution;
  private final @Nullable NdpLink ndp;
  private final @Nullable Ipv4Addresses ipv4;
  private @Nullable Disposable watching;
  private @Nullable Carrier carrier;
  private boolean closed;

  private Link(
      StackShard shard,
      Drops drops,
      NetworkDevice device,
      NetworkInterface networkInterface,
      @Nullable Resolution resolution,
      @Nullable NdpLink ndp) {
    this.shard = shard;
    this.drops = drops;
    this.device = device;
    this.networkInterface = networkInterface;
    this.resolution = resolution;
    this.ndp = ndp;
    this.ipv4 = resolution == null
        ? null
        : new Ipv4Addresses(shard.ip().network(), networkInterface, resolution.arp(), shard.settings().random());
  }

  /**
   * Builds the layers over {@code device} for the host's interface {@code name}, and connects them.
   *
   * @param vlan the VLAN of the interface's frames; 0 for untagged frames
   */
  static Link attach(
      StackShard shard, AddressConflicts conflicts, LinkOwner owner, String name, NetworkDevice device, int vlan) {
    InterfaceAddresses own = shard.ip().addressesOf(name);
    // Created before the layers of Ethernet add their end-of-turn actions: at the end of a turn the layers above send
    // first, then the link.
    var egress = new Egress<OutboundPacket>(shard.turn());
    // Created before the neighbours: both draw from one random source, and a changed order would change the run of a
    // seed.
    var numbers = new PacketNumbers(shard.settings().random());
    var drops = new Drops(shard.drops().meters().with(MeterTag.INTERFACE, name));
    MacAddress mac = device.capabilities().macAddress();
    Resolution resolution = mac == null
        ? null
        : resolution(shard, conflicts, name, new EthernetLayer(mac, vlan, drops), own, drops);
    NetworkInterface opened = resolution == null
        ? shard.ip().open(own, Neighbors.NONE, GroupFilter.NONE, egress)
        : shard.ip().open(own, resolution.neighbors(), filter(resolution.ethernet()), egress);
    NdpLink ndp = resolution == null
        ? null
        : shard.ndp().attach(opened, resolution.ndp(), resolution.neighbors(),
            shard.settings().network().ipv6().of(name), shard.settings().network().ipv6().whenForwarding(name),
            new NdpLink.Owner() {
              @Override
              public void removeAddress(Ipv6Address address) {
                owner.removeAddress(name, address);
              }

              @Override
              public void onConflict(IpAddress own, MacAddress claimant) {
                conflicts.add(name, own, claimant);
              }
            });
    Link link = new Link(shard, drops, device, opened, resolution, ndp);
    link.assemble(numbers);
    if (!link.networkInterface.isLoopback()) {
      link.watching = device.carrier().subscribe(
          link::onCarrier, cause -> LOG.error("the carrier of interface {} can no longer be watched", name, cause));
    }
    return link;
  }

  private static Resolution resolution(
      StackShard shard,
      AddressConflicts conflicts,
      String name,
      EthernetLayer ethernet,
      InterfaceAddresses own,
      Drops drops) {
    var context = new LinkContext(shard.turn(), ethernet.own(), own, drops, shard.settings().memory());
    var output = new LinkOutput(context);
    var arp = new ArpLayer(context, output, (address, claimant) -> conflicts.add(name, address, claimant),
        defense(shard.settings().network().ipv4().conflictReaction(), conflicts, name));
    var ndp = new NdpSender(context, output);
    var neighbors = new NeighborCache(
        context, output, arp, ndp, shard.ip()::onNeighborFailureChanged, shard.settings().network().neighbors(),
        shard.settings().random());
    return new Resolution(ethernet, neighbors, arp, new RarpLayer(context, output, shard.settings().random()), ndp);
  }

  private static AddressDefense defense(ConflictReaction reaction, AddressConflicts conflicts, String name) {
    return new AddressDefense() {
      @Override
      public ConflictReaction reactionFor(Ipv4Address own) {
        // RFC 3927 2.5: a link-local address is not defended without end.
        return own.isLinkLocal() && reaction == ConflictReaction.DEFEND_ALWAYS
            ? ConflictReaction.DEFEND_ONCE
            : reaction;
      }

      @Override
      public void onGivenUp(Ipv4Address own) {
        conflicts.giveUp(name, own);
      }
    };
  }

  /** Connects all layers of the interface: first the receiving direction, then the sending one. */
  private void assemble(PacketNumbers numbers) {
    Translation translation = shard.translation();
    var input = new IpInput(shard.ip(), networkInterface, shard.reassembly(), shard.icmp(), shard.forwarder(),
        translation == null ? ArrivalHook.NONE : translation, drops);
    var output = new IpOutput(shard.ip(), networkInterface, numbers,
        translation == null ? DepartureHook.NONE : translation, drops);
    if (resolution == null) {
      shard.groups().attach(networkInterface);
      shard.protocols().connect(input.bare().receive(device.receive()), this::failed);
      device.send(output.bare().send(networkInterface.egress().flux())).subscribe(null, this::failed);
      return;
    }
    var ethernet = resolution.ethernet();
    var neighbors = resolution.neighbors();
    ethernet.join(GroupAddresses.of(InterfaceSnapshot.ALL_HOSTS));
    shard.groups().attach(networkInterface);

    var types = new Demux<Integer, EthernetFrame>(
        EthernetFrame::type, frame -> drops.drop(frame, EthernetDrop.UNKNOWN_TYPE), drops);
    UnitTaker.subscribe(resolution.arp().receive(types.branch(EtherType.ARP)), neighbors, drops);
    resolution.rarp().connect(types.branch(EtherType.RARP));
    shard.protocols().connect(input.receive(types.branch(EtherType.IPV4)));
    shard.protocols().connect(input.receive(types.branch(EtherType.IPV6)));
    device.send(ethernet.send(neighbors.resolve(output.send(networkInterface.egress().flux()))))
        .subscribe(null, this::failed);
    types.connect(ethernet.receive(device.receive()), this::failed);
  }

  private static GroupFilter filter(EthernetLayer ethernet) {
    return new GroupFilter() {
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

  /** Handles the carrier's initial state and each change of it. */
  private void onCarrier(Carrier now) {
    if (closed) {
      return;
    }
    Carrier before = carrier;
    carrier = now;
    boolean up = now == Carrier.UP;
    String name = networkInterface.name();
    shard.ip().network().carrying(name, up);
    if (ndp != null) {
      ndp.onCarrier(up);
    }
    if (ipv4 != null) {
      // Before the first carrier only addresses that are not probed are in use.
      ipv4.onCarrier(up, before != null && shard.settings().network().ipv4().probesAddresses());
    }
    if (before == null && up && shard.settings().network().announcesAddresses()) {
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
   * The carrier is up again, perhaps on another network than before: neighbours are resolved again, the host announces
   * its addresses, reports its multicast groups to routers, and probes whether its connections still reach their peers.
   */
  private void onBack() {
    networkInterface.neighbors().relearn();
    if (resolution != null) {
      resolution.arp().relearn();
    }
    announceAll();
    shard.groups().retell(networkInterface);
    shard.tcp().onLinkUp(networkInterface);
  }

  /**
   * RFC 5227 2.3, RFC 4861 7.2.6: switches and neighbours learn the host's addresses before its first packet, and replace stale
   * entries.
   */
  private void announceAll() {
    for (InterfaceAddress own : networkInterface.addresses()) {
      if (own.isAssigned()) {
        announce(own.address());
      }
    }
  }

  /** The drop counters of the interface. */
  Drops drops() {
    return drops;
  }

  /** Returns whether the medium carries frames. */
  boolean isUp() { return carrier == Carrier.UP; }

  /**
   * Probes whether another station on the link uses {@code address} (RFC 5227 section 2.1). The interface must be one of
   * Ethernet.
   */
  AddressProbe probe(Ipv4Address address, AddressProbe.Listener listener) {
    return Objects.requireNonNull(resolution).arp().probe(address, shard.settings().random(), listener);
  }

  /** The interface that these layers serve. */
  NetworkInterface networkInterface() {
    return networkInterface;
  }

  /**
   * RARP on the interface.
   *
   * @throws IllegalArgumentException if the medium is not Ethernet
   */
  RarpLayer rarp() {
    if (resolution == null) {
      throw new IllegalArgumentException(
          "interface " + networkInterface.name() + " has no RARP: its medium is not Ethernet");
    }
    return resolution.rarp();
  }

  /** Handles the assignment of the address {@code own} to the interface. */
  void onAddressAdded(IpAddress own) {
    // Removes the cache entry of a neighbour that had this address before.
    networkInterface.neighbors().forget(own::equals);
    if (carrier == Carrier.UP) {
      announce(own);
    }
  }

  private void announce(IpAddress own) {
    switch (own) {
      case Ipv4Address v4 when resolution != null -> resolution.arp().announce(v4);
      case Ipv6Address v6 when ndp != null -> ndp.announce(v6);
      default -> {
        // No other station resolves the address.
      }
    }
  }

  /** Returns whether {@code address} is tested for other users on the link before it is assigned to the interface. */
  boolean tests(IpPrefix address) {
    return address.address().isV4()
        ? ipv4 != null && shard.settings().network().ipv4().probesAddresses()
        : ndp != null;
  }

  /**
   * Adds an address that {@link #tests} is true for, and the route to its network.
   *
   * @param outcome notified when the address can be used, or is used by another station
   * @throws IllegalArgumentException if the interface cannot have the address
   */
  void test(IpPrefix address, NdpLink.Outcome outcome) {
    if (address.address().isV4()) {
      Objects.requireNonNull(ipv4).add(address, outcome);
    } else {
      Objects.requireNonNull(ndp).add(address, outcome);
    }
  }

  /** Ends the test of the address {@code removed}, which is being removed. */
  void onRemoved(IpAddress removed) {
    switch (removed) {
      case Ipv4Address v4 when ipv4 != null -> ipv4.onRemoved(v4);
      case Ipv6Address v6 when ndp != null -> ndp.onRemoved(v6);
      default -> {
        // The medium has no tests.
      }
    }
  }

  /** The IPv6 addresses of the interface; {@code null} if it is not an Ethernet interface. */
  @Nullable
  NdpLink ndp() {
    return ndp;
  }

  /**
   * Handles the permanent failure of the device: nothing is received or sent here any more, and routes over this
   * interface are not used.
   */
  private void failed(Throwable cause) {
    if (!closed) {
      String name = networkInterface.name();
      LOG.warn("interface {} failed: {}", name, cause.toString());
      closeFloors();
      shard.ip().close(networkInterface);
      shard.ip().network().fail(name, cause);
      device.dispose();
      shard.tcp().onDeviceFailure(networkInterface);
      shard.udp().onDeviceFailure(networkInterface);
    }
  }

  void close() {
    closeFloors();
    shard.ip().close(networkInterface);
    shard.ip().network().detach(networkInterface.name());
    device.dispose();
  }

  private void closeFloors() {
    closed = true;
    if (watching != null) {
      watching.dispose();
    }
    if (ipv4 != null) {
      ipv4.close();
    }
    if (resolution != null) {
      resolution.arp().close();
      resolution.rarp().close();
    }
    networkInterface.neighbors().close();
    shard.ndp().detach(networkInterface);
    shard.groups().detach(networkInterface);
    shard.tcp().onDeviceGone(networkInterface);
    shard.icmp().onDeviceGone(networkInterface);
    shard.forwarder().onDeviceGone(networkInterface);
  }
}
