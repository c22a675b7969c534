package io.reactorstack.host;

import static io.reactorstack.ethernet.VlanTrunk.UNTAGGED;

import io.reactorstack.device.LoopbackDevice;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.ethernet.VlanTrunk;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.host.HostNetwork;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ndp.NdpLink;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.wire.DhcpMessage;
import java.net.BindException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The interfaces whose devices are on one shard's loop. Confined to it. */
final class Interfaces {

  private static final Logger LOG = Loggers.getLogger(Interfaces.class);

  private final StackShard shard;
  private final AddressConflicts conflicts;
  private final List<Link> links = new ArrayList<>();
  private final Renumbering renumbering;
  private final Map<String, DhcpService> dhcp = new LinkedHashMap<>();

  /** Creates the set without any interface, not even the loopback. */
  Interfaces(StackShard shard) {
    this.shard = shard;
    this.conflicts = new AddressConflicts(shard.ip());
    this.renumbering = new Renumbering(shard, links);
  }

  /** Adds the loopback interface. */
  void attachLoopback() {
    open(NetworkInterface.LOOPBACK, new LoopbackDevice(shard.turn(), NetworkInterface.LOOPBACK_MTU), UNTAGGED);
  }

  /**
   * Adds an interface over {@code device} to the host, one for each of its {@code vlans}, and the routes to their
   * networks. The host owns the device from this call on, even if the call fails.
   */
  void attach(String name, NetworkDevice device, List<IpPrefix> addresses, List<VlanInterface> vlans) {
    if (vlans.isEmpty()) {
      attach(name, device, UNTAGGED, addresses);
      return;
    }
    VlanTrunk trunk;
    try {
      trunk = new VlanTrunk(device, shard.loop());
    } catch (Throwable t) {
      device.dispose();
      throw t;
    }
    attach(name, trunk.port(UNTAGGED), UNTAGGED, addresses);
    for (VlanInterface each : vlans) {
      attach(each.name(), trunk.port(each.vlan()), each.vlan(), each.addresses());
    }
    trunk.connect();
  }

  private void attach(String name, NetworkDevice device, int vlan, List<IpPrefix> addresses) {
    HostNetwork network = shard.ip().network();
    boolean ethernet = device.capabilities().macAddress() != null;
    // IPv6 addresses on Ethernet are not assigned before they have been tested for duplicates.
    List<IpPrefix> untested = addresses.stream().filter(own -> !ethernet || own.address().isV4()).toList();
    try {
      network.attach(name, device.capabilities(), untested);
    } catch (Throwable t) {
      device.dispose();
      throw t;
    }
    NdpLink ndp = open(name, device, vlan).ndp();
    for (IpPrefix own : addresses) {
      if (ndp != null && !own.address().isV4()) {
        ndp.add(own, NdpLink.Outcome.UNWATCHED);
      } else {
        network.routes(routes -> routes.with(Route.onLink(own, name)));
      }
    }
    if (ndp != null) {
      ndp.formLinkLocal();
    }
  }

  private Link open(String name, NetworkDevice device, int vlan) {
    try {
      Link opened = Link.attach(shard, conflicts, name, device, vlan);
      links.add(opened);
      return opened;
    } catch (Throwable t) {
      device.dispose();
      throw t;
    }
  }

  /**
   * Starts the DHCP client of the interface {@code name}.
   *
   * @param events receives the client's state at each change
   * @throws IllegalArgumentException if there is no such interface, or it has no MAC address
   */
  void startDhcp(String name, DhcpSettings settings, Consumer<? super InterfaceEvent> events) {
    Link link = links.stream().filter(each -> each.networkInterface().name().equals(name)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no interface " + name));
    if (dhcp.isEmpty()) {
      try {
        shard.udp().serve(DhcpMessage.CLIENT_PORT, this::onDhcp);
      } catch (BindException e) {
        throw new IllegalStateException(e);
      }
    }
    dhcp.put(name, new DhcpService(shard, link, settings, renumbering, events));
  }

  private void onDhcp(InboundPacket packet) {
    DhcpService service = dhcp.get(packet.ingress().name());
    DhcpMessage message = DhcpMessage.parse(packet.payload(), shard.drops());
    if (service != null && message != null) {
      service.onMessage(message);
    }
  }

  /**
   * Returns the DHCP client of the interface {@code name}.
   *
   * @throws IllegalArgumentException if the interface has none
   */
  DhcpService dhcp(String name) {
    DhcpService service = dhcp.get(name);
    if (service == null) {
      throw new IllegalArgumentException("the interface " + name + " is not configured by DHCP");
    }
    return service;
  }

  /** The operations that change addresses and routes. */
  Renumbering renumbering() {
    return renumbering;
  }

  /** Closes the interfaces and disposes of their devices. */
  void close() {
    dhcp.values().forEach(DhcpService::close);
    for (Link link : links) {
      try {
        link.close();
      } catch (Throwable t) {
        LOG.error("an interface could not be closed", t);
      }
    }
  }
}
