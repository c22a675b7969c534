package io.reactorstack.host;

import io.netty.buffer.ByteBuf;
import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.dhcp.engine.DhcpActions;
import io.reactorstack.dhcp.engine.DhcpDrop;
import io.reactorstack.dhcp.engine.DhcpEngine;
import io.reactorstack.dhcp.engine.DhcpSendDrop;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.ip.host.Route;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.EgressQueues;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Timers;
import io.reactorstack.neighbor.AddressProbe;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpRoute;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.UdpHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The DHCP client of one interface: the engine with the host's time, packets, addresses and routes. */
final class DhcpService {

  private static final Logger LOG = Loggers.getLogger(DhcpService.class);

  /** The maximum number of messages that wait for the device. */
  private static final int MOST_WAITING = 16;
  /** The maximum number of routes that a server may add. */
  private static final int MOST_ROUTES = 64;
  /** The number of DHCPDISCOVER messages without an answer after which the interface counts as one without a server. */
  private static final int MOST_UNANSWERED = 3;
  private static final PacketFields FIELDS = new PacketFields(0, PacketFields.DEFAULT_HOP_LIMIT, false);

  private final StackShard shard;
  private final Link link;
  private final NetworkInterface networkInterface;
  private final Renumbering renumbering;
  private final Consumer<? super InterfaceEvent> events;
  private final Drops drops;
  private final EgressQueues<OutboundPacket> waiting = new EgressQueues<>(packet -> packet.route().egress(),
      left -> {});
  private final Timers.Timer timer;
  private final DhcpEngine engine;
  private List<Route> routes = List.of();
  private DhcpStatus status = new DhcpStatus(DhcpStatus.Phase.NO_LINK, 0, null, DhcpStatus.Cause.NONE, null);
  /** The time at which the client has reached its present phase. */
  private long since;
  private @Nullable AddressProbe probe;
  private final @Nullable IpPrefix configured;
  private boolean closed;

  /**
   * Creates the client of {@code link}; it begins in the next turn if the link is up.
   *
   * @param events receives the client's state at each change
   * @throws IllegalArgumentException if the interface has no MAC address
   */
  DhcpService(StackShard shard, Link link, DhcpSettings settings, Renumbering renumbering,
      Consumer<? super InterfaceEvent> events) {
    this.shard = shard;
    this.link = link;
    this.networkInterface = link.networkInterface();
    this.renumbering = renumbering;
    this.events = events;
    this.drops = link.drops();
    this.timer = shard.turn().timer(() -> input(this::onTimer));
    MacAddress mac = networkInterface.capabilities().macAddress();
    if (mac == null) {
      throw new IllegalArgumentException(
          "DHCP needs Ethernet, and the interface " + networkInterface.name() + " has no MAC address");
    }
    this.since = shard.turn().now();
    this.configured = networkInterface.addresses().stream().map(InterfaceAddress::prefix)
        .filter(own -> own.address().isV4()).findFirst().orElse(null);
    this.engine = new DhcpEngine(
        settings, mac, networkInterface.mtu(), configured, shard.settings().random(), new Actions());
    networkInterface.configuring(configured == null);
    onCarrier(link.isUp());
    shard.ip().onEvent(this::onEvent);
  }

  private void onEvent(InterfaceEvent event) {
    if (event.interfaceName().equals(networkInterface.name())) {
      switch (event) {
        case InterfaceEvent.Up up -> onCarrier(true);
        case InterfaceEvent.Down down -> onCarrier(false);
        case InterfaceEvent.AddressAdded added when added.address().equals(configured) -> onCarrier(link.isUp());
        case InterfaceEvent.Failed failed -> close();
        default -> {
          // The client changes addresses and routes itself.
        }
      }
    }
  }

  /** Defers the change to the turn: the device that reports it is in the middle of a call. */
  private void onCarrier(boolean up) {
    shard.turn().dirty(() -> input(() -> {
      if (!up) {
        engine.onLinkDown();
      } else if (configured == null || networkInterface.owns(configured.address())) {
        engine.onLinkUp(shard.turn().now());
      }
    }));
  }

  private void onTimer() {
    engine.onTimeout(shard.turn().now());
  }

  /** Runs one input of the engine, and arms the timer for what follows. */
  private void input(Runnable action) {
    if (closed) {
      return;
    }
    try {
      action.run();
    } finally {
      timer.set(engine.nextDeadline());
    }
  }

  /** Handles a message to the client's port that arrived on this interface. */
  void onMessage(DhcpMessage message) {
    input(() -> {
      DhcpDrop ignored = engine.onMessage(message, shard.turn().now());
      if (ignored != null) {
        drops.count(ignored);
      }
    });
  }

  /** See {@code Dhcp.renew}. */
  void renew() {
    input(() -> engine.renew(shard.turn().now()));
  }

  /** See {@code Dhcp.release}. */
  void release() {
    input(() -> engine.release(shard.turn().now()));
  }

  /** Another station uses the address {@code lost} of the lease: declines it, and asks for another one. */
  void onConflict(Ipv4Address lost) {
    input(() -> engine.onConflict(lost, shard.turn().now()));
  }

  /** Returns whether the client has what it asks for. */
  boolean isConfigured() { return status.isConfigured(); }

  /** Returns whether no server has answered for about ten seconds, or the client has stopped. */
  boolean lacksServer() {
    return switch (status.phase()) {
      case SELECTING -> status.sent() >= MOST_UNANSWERED || looksAgain();
      case STOPPED -> true;
      default -> false;
    };
  }

  /** Returns whether the client has already looked for a server in vain. */
  private boolean looksAgain() {
    return status.cause() == DhcpStatus.Cause.NO_ANSWER || status.cause() == DhcpStatus.Cause.EXPIRED;
  }

  /** Returns the present step of the client in words, with its duration. */
  String waiting() {
    long seconds = (shard.turn().now() - since) / 1_000_000_000;
    return status + " (since " + seconds + " s)";
  }

  /** The interface of the client. */
  NetworkInterface networkInterface() {
    return networkInterface;
  }

  /** Ends the client without a message to the server. */
  void close() {
    closed = true;
    timer.cancel();
    stopProbe();
    waiting.close();
    networkInterface.configuring(false);
  }

  private void stopProbe() {
    if (probe != null) {
      probe.cancel();
      probe = null;
    }
  }

  /** The outputs of the engine. */
  private final class Actions implements DhcpActions {

    @Override
    public void send(DhcpMessage message, Ipv4Address source, Ipv4Address destination) {
      Destination route = destination.isLimitedBroadcast()
          ? shard.ip().onLink(networkInterface, destination)
          : shard.ip().destination(destination);
      if (route == null || waiting.size() >= MOST_WAITING) {
        drops.count(route == null ? DhcpSendDrop.NO_ROUTE : DhcpSendDrop.QUEUE_FULL);
        return;
      }
      ByteBuf bytes;
      try {
        bytes = Headroom.reserve(shard.settings().memory().allocator(), message.length());
      } catch (VirtualMachineError e) {
        // As if the message had been lost on the link: it is repeated.
        drops.count(DhcpSendDrop.NO_MEMORY);
        return;
      }
      message.write(bytes);
      new UdpHeader(DhcpMessage.CLIENT_PORT, DhcpMessage.SERVER_PORT, UdpHeader.LENGTH + bytes.readableBytes())
          .write(bytes, source, destination);
      waiting.offer(new OriginatedPacket(route, source, IpProtocol.UDP, FIELDS, bytes, Originator.NOBODY));
    }

    @Override
    public void check(Ipv4Address address) {
      stopProbe();
      probe = link.probe(address, (probed, isFree) -> {
        probe = null;
        input(() -> engine.onChecked(probed, isFree, shard.turn().now()));
      });
    }

    @Override
    public void stopCheck() {
      stopProbe();
    }

    @Override
    public boolean adopt(DhcpLease lease, long validUntil) {
      var address = new InterfaceAddress(lease.address(), InterfaceAddress.State.PREFERRED,
          new InterfaceAddress.Lifetimes(validUntil, validUntil), InterfaceAddress.Origin.DHCP);
      try {
        if (networkInterface.owns(address.address())) {
          shard.ip().network().renewAddress(networkInterface.name(), address);
        } else {
          renumbering.addAddress(networkInterface.name(), address);
          LOG.info("interface {} has the address {}", networkInterface.name(), lease);
        }
      } catch (IllegalArgumentException e) {
        LOG.warn("interface {} cannot have the address {}: {}", networkInterface.name(), lease, e.getMessage());
        return false;
      }
      replaceRoutes(routesOf(lease));
      return true;
    }

    @Override
    public void drop(DhcpLease lease) {
      LOG.info("interface {} loses the address {}", networkInterface.name(), lease.address());
      replaceRoutes(List.of());
      if (networkInterface.owns(lease.address().address())) {
        renumbering.removeAddress(lease.address().address(), () -> {});
      }
    }

    @Override
    public void changed(DhcpStatus next) {
      since = next.phase() == status.phase() ? since : shard.turn().now();
      status = next;
      networkInterface.configuring(switch (status.phase()) {
        case SELECTING, REQUESTING, REBOOTING -> status.lease() == null;
        default -> false;
      });
      events.accept(new InterfaceEvent.DhcpChanged(networkInterface.name(), status));
    }
  }

  private void replaceRoutes(List<Route> next) {
    List<Route> before = routes;
    routes = next;
    renumbering.replaceRoutes(before, next);
  }

  /** Returns the routes of {@code lease} that the host can have, at most {@link #MOST_ROUTES}. */
  private List<Route> routesOf(DhcpLease lease) {
    String name = networkInterface.name();
    List<Route> all = new ArrayList<>();
    for (DhcpRoute each : lease.routes()) {
      Ipv4Address router = each.router();
      if (all.size() >= MOST_ROUTES || shard.ip().isLocal(router) || router.isMulticast()) {
        continue;
      }
      if (router.isUnspecified()) {
        // RFC 3442: the network is on the link.
        all.add(Route.onLink(each.network(), name));
        continue;
      }
      if (!lease.address().contains(router)) {
        // A server that leases a single address names a router outside of the address's network.
        all.add(Route.onLink(new IpPrefix(router, router.bitLength()), name));
      }
      // The first of several routers is the most preferred one.
      all.add(new Route(each.network(), router, name, all.size()));
    }
    return all;
  }
}
