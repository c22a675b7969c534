package io.reactorstack.host;

import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceAddress.State;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.layer.Timers;
import io.reactorstack.neighbor.AddressProbe;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.packet.MacAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The link-local IPv4 address of one Ethernet interface (RFC 3927): chosen, probed and announced while the interface has
 * no routable address. Confined to the loop.
 */
final class LinkLocalService {

  private static final Logger LOG = Loggers.getLogger(LinkLocalService.class);

  /** RFC 3927 2.1: 169.254.1.0, the first address that may be selected. */
  private static final int FIRST = 0xa9fe_0100;
  /** RFC 3927 2.1: up to 169.254.254.255; the first and last 256 addresses of the network are reserved. */
  private static final int CANDIDATES = 254 * 256;
  private static final int PREFIX_LENGTH = 16;
  private static final IpPrefix EVERYTHING = IpPrefix.parse("0.0.0.0/0");
  /** The metric of the route to other networks; every other default route is preferred. */
  private static final int LAST_RESORT = 1 << 20;
  /** The sequence of candidates depends on the MAC address only, and is the same after each start. */
  private static final KeyedHash SEQUENCE = new KeyedHash(0, 3927);
  /** The time between two looks at the connections of an address that is no longer needed. */
  private static final long PATIENCE = Duration.ofSeconds(10).toNanos();

  private final StackShard shard;
  private final Link link;
  private final NetworkInterface networkInterface;
  private final Renumbering renumbering;
  private final BooleanSupplier lacksServer;
  private final long mac;
  private final List<Route> routes;
  private final Timers.Timer timer;
  private final Runnable update;
  private @Nullable AddressProbe probe;
  private @Nullable Ipv4Address held;
  private int candidate;
  private boolean closed;

  /**
   * Creates the service of {@code link}; it begins in the next turn if the link is up.
   *
   * @param lacksServer whether no DHCP server assigns an address to the interface
   * @throws IllegalArgumentException if the interface has no MAC address
   */
  LinkLocalService(StackShard shard, Link link, Renumbering renumbering, BooleanSupplier lacksServer) {
    this.shard = shard;
    this.link = link;
    this.networkInterface = link.networkInterface();
    this.renumbering = renumbering;
    this.lacksServer = lacksServer;
    MacAddress own = networkInterface.capabilities().macAddress();
    if (own == null) {
      throw new IllegalArgumentException("link-local IPv4 addresses need Ethernet, and the interface "
          + networkInterface.name() + " has no MAC address");
    }
    this.mac = own.bits();
    // RFC 3927 2.6.2: with a link-local source, packets to every destination go to the link, and to no router.
    this.routes = List.of(new Route(EVERYTHING, null, networkInterface.name(), LAST_RESORT));
    this.update = shard.turn().coalesced(this::update);
    this.timer = shard.turn().timer(this::update);
    shard.ip().onEvent(this::onEvent);
    onChange();
  }

  private void onEvent(InterfaceEvent event) {
    if (event.interfaceName().equals(networkInterface.name())) {
      if (event instanceof InterfaceEvent.Failed) {
        close();
      }
      onChange();
    }
  }

  /** The interface or its DHCP client has changed. Deferred to the turn: the caller is in the middle of its work. */
  void onChange() {
    if (!closed) {
      update.run();
    }
  }

  /** Returns whether the interface has a link-local address in use. */
  boolean isConfigured() { return held != null; }

  /** Another station uses the address {@code lost}; the next candidate is probed. */
  void onConflict(Ipv4Address lost) {
    if (lost.equals(held)) {
      LOG.warn("another station on the link of {} uses {}; the interface chooses another address",
          networkInterface.name(), lost);
      drop(lost);
      candidate++;
      onChange();
    }
  }

  private void update() {
    if (closed) {
      return;
    }
    Ipv4Address own = held;
    if (own != null) {
      keep(own);
      return;
    }
    boolean wanted = link.isUp() && !hasRoutable(true) && lacksServer.getAsBoolean();
    if (!wanted) {
      stopProbe();
    } else if (probe == null) {
      probe = link.probe(candidate(mac, candidate), this::onProbed);
    }
  }

  /**
   * Returns a candidate for the interface with the MAC address {@code mac} (RFC 3927 section 2.1).
   *
   * @param number the position in the interface's sequence
   */
  static Ipv4Address candidate(long mac, int number) {
    return new Ipv4Address(FIRST + (int) Long.remainderUnsigned(SEQUENCE.of(mac, number), CANDIDATES));
  }

  private void onProbed(Ipv4Address address, boolean isFree) {
    probe = null;
    if (!isFree) {
      candidate++;
      onChange();
      return;
    }
    held = address;
    renumbering.addAddress(networkInterface.name(), InterfaceAddress.permanent(
        new IpPrefix(address, PREFIX_LENGTH), InterfaceAddress.Origin.LINK_LOCAL));
    renumbering.replaceRoutes(List.of(), routes);
    LOG.info("interface {} has the link-local address {}", networkInterface.name(), address);
  }

  // RFC 3927 1.9: the routable address is used for what is new, and the link-local one until its connections end.
  private void keep(Ipv4Address own) {
    InterfaceAddress present = networkInterface.holding(own);
    if (present == null) {
      // The user has removed it.
      forget();
      return;
    }
    boolean routable = hasRoutable(false);
    State state = routable ? State.DEPRECATED : State.PREFERRED;
    if (state != present.state()) {
      shard.ip().network().renewAddress(networkInterface.name(), present.in(state));
      renumbering.replaceRoutes(routable ? routes : List.of(), routable ? List.of() : routes);
    }
    if (!routable) {
      timer.cancel();
    } else if (shard.tcp().usesAddress(own)) {
      timer.set(shard.turn().now() + PATIENCE);
    } else {
      drop(own);
    }
  }

  private void drop(Ipv4Address own) {
    forget();
    if (networkInterface.owns(own)) {
      renumbering.removeAddress(own, () -> {});
    }
  }

  private void forget() {
    timer.cancel();
    held = null;
    renumbering.replaceRoutes(routes, List.of());
  }

  private boolean hasRoutable(boolean tentativeToo) {
    return networkInterface.addresses().stream().anyMatch(own -> own.address() instanceof Ipv4Address v4
        && !v4.isLinkLocal() && (tentativeToo || own.isAssigned()));
  }

  private void stopProbe() {
    if (probe != null) {
      probe.cancel();
      probe = null;
    }
  }

  void close() {
    closed = true;
    stopProbe();
    timer.cancel();
  }
}
