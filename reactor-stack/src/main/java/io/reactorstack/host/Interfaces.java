package io.reactorstack.host;

import static io.reactorstack.ethernet.VlanTrunk.UNTAGGED;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.LoopbackDevice;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.ethernet.VlanTrunk;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.host.HostNetwork;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ndp.NdpLink;
import io.reactorstack.offload.SoftwareOffload;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.DhcpMessage;
import java.io.IOException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
  /** The addresses that other stations use, with the text of the error. */
  private final Map<IpAddress, String> refused = new LinkedHashMap<>();
  private final Map<String, LinkLocalService> linkLocal = new LinkedHashMap<>();

  /** Creates the set without any interface, not even the loopback. */
  Interfaces(StackShard shard) {
    this.shard = shard;
    this.conflicts = new AddressConflicts(shard.ip(), this::giveUp);
    this.renumbering = new Renumbering(shard, links);
    shard.ip().onEvent(this::onEvent);
  }

  /** Adds the loopback interface. */
  void attachLoopback() {
    open(NetworkInterface.LOOPBACK, new LoopbackDevice(shard.turn(), NetworkInterface.LOOPBACK_MTU), UNTAGGED);
  }

  /**
   * Adds an interface over {@code opened} to the host, one for each of its {@code vlans}, and the routes to their
   * networks. The host owns the device from this call on, even if the call fails.
   */
  void attach(String name, NetworkDevice opened, List<IpPrefix> addresses, List<VlanInterface> vlans,
      Map<String, Integer> mtus) {
    NetworkDevice device = SoftwareOffload.over(opened, shard.turn());
    if (vlans.isEmpty()) {
      attach(name, device, UNTAGGED, addresses, mtus);
      return;
    }
    VlanTrunk trunk;
    try {
      trunk = new VlanTrunk(device, shard.loop());
    } catch (Throwable t) {
      device.dispose();
      throw t;
    }
    attach(name, trunk.port(UNTAGGED), UNTAGGED, addresses, mtus);
    for (VlanInterface each : vlans) {
      attach(each.name(), trunk.port(each.vlan()), each.vlan(), each.addresses(), mtus);
    }
    trunk.connect();
  }

  private void attach(
      String name, NetworkDevice device, int vlan, List<IpPrefix> addresses, Map<String, Integer> mtus) {
    HostNetwork network = shard.ip().network();
    boolean ethernet = device.capabilities().macAddress() != null;
    boolean probes = shard.settings().network().ipv4().probesAddresses();
    // Other addresses on Ethernet are not assigned before they have been tested for duplicates.
    List<IpPrefix> untested = addresses.stream().filter(own -> !ethernet || own.address().isV4() && !probes).toList();
    try {
      DeviceCapabilities capabilities = device.capabilities();
      network.attach(name, capabilities.withMtu(mtus.getOrDefault(name, capabilities.mtu())), untested);
    } catch (Throwable t) {
      device.dispose();
      throw t;
    }
    Link link = open(name, device, vlan);
    for (IpPrefix own : addresses) {
      if (link.tests(own)) {
        link.test(own, NdpLink.Outcome.UNWATCHED);
      } else {
        network.routes(routes -> routes.with(Route.onLink(own, name)));
      }
    }
    NdpLink ndp = link.ndp();
    if (ndp != null) {
      ndp.begin();
      ndp.formLinkLocal();
    } else if (needsLinkLocal(addresses)) {
      IpPrefix linkLocal = shard.ndp().linkLocal(name, shard.settings().network().ipv6().of(name));
      network.addAddress(name, InterfaceAddress.permanent(linkLocal, InterfaceAddress.Origin.LINK_LOCAL));
      network.routes(routes -> routes.with(Route.onLink(linkLocal, name)));
    }
  }

  /** RFC 4291 2.1: an interface that uses IPv6 has a link-local address. */
  private static boolean needsLinkLocal(List<IpPrefix> addresses) {
    List<Ipv6Address> own = addresses.stream().map(IpPrefix::address).filter(Ipv6Address.class::isInstance)
        .map(Ipv6Address.class::cast).toList();
    return !own.isEmpty() && own.stream().noneMatch(Ipv6Address::isLinkLocal);
  }

  private Link open(String name, NetworkDevice device, int vlan) {
    try {
      Link opened = Link.attach(shard, conflicts, renumbering::removeEnded, name, device, vlan);
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
    Link link = renumbering.link(name);
    if (dhcp.isEmpty()) {
      try {
        shard.udp().serve(DhcpMessage.CLIENT_PORT, this::onDhcp);
      } catch (BindException e) {
        throw new IllegalStateException(e);
      }
    }
    dhcp.put(name, new DhcpService(shard, link, settings, renumbering, event -> {
      events.accept(event);
      LinkLocalService fallback = linkLocal.get(name);
      if (fallback != null) {
        fallback.onChange();
      }
    }));
  }

  /**
   * Gives the interface {@code name} a link-local IPv4 address while it has no other one.
   *
   * @throws IllegalArgumentException if there is no such interface, or it has no MAC address
   */
  void startLinkLocal(String name) {
    linkLocal.put(name, new LinkLocalService(shard, renumbering.link(name), renumbering, () -> {
      DhcpService client = dhcp.get(name);
      return client == null || client.lacksServer();
    }));
  }

  /** The interface {@code name} gives up {@code lost}, which another station uses (RFC 5227 section 2.4). */
  private void giveUp(String name, Ipv4Address lost) {
    InterfaceAddress own = renumbering.link(name).networkInterface().holding(lost);
    DhcpService client = dhcp.get(name);
    LinkLocalService local = linkLocal.get(name);
    if (own == null) {
      return;
    }
    if (own.origin() == InterfaceAddress.Origin.DHCP && client != null) {
      client.onConflict(lost);
    } else if (own.origin() == InterfaceAddress.Origin.LINK_LOCAL && local != null) {
      local.onConflict(lost);
    } else {
      renumbering.removeAddress(lost, () -> {});
    }
  }

  /** See {@code NetworkStack.addAddress}; notifies {@code outcome} when the address can be used. */
  void addAddress(String interfaceName, IpPrefix added, NdpLink.Outcome outcome) {
    refused.remove(added.address());
    renumbering.addAddress(interfaceName, added, outcome);
  }

  /** Returns the error for an address of the user that another station uses, or {@code null} if there is none. */
  @Nullable
  IOException refusal() {
    return refused.isEmpty() ? null : new IOException(refused.values().iterator().next());
  }

  private void onEvent(InterfaceEvent event) {
    switch (event) {
      // An interface replaces its link-local address itself.
      case InterfaceEvent.AddressDuplicate duplicate when isConfigured(duplicate) -> refused.put(
          duplicate.address().address(), "another station on the link of " + duplicate.interfaceName() + " uses "
              + duplicate.address().address());
      case InterfaceEvent.AddressAdded added -> refused.remove(added.address().address());
      default -> {
        // No result of a test.
      }
    }
  }

  /** Returns whether the user has configured the address, so that there is no other one in its place. */
  private boolean isConfigured(InterfaceEvent.AddressDuplicate duplicate) {
    IpAddress address = duplicate.address().address();
    return !address.isLinkLocal() && links.stream().noneMatch(
        link -> link.ndp() != null && address instanceof Ipv6Address v6 && link.ndp().forms(v6));
  }

  /**
   * Returns what the interfaces wait for before they have their addresses, in words, one text for each interface; empty
   * if all are configured.
   */
  List<String> unconfigured() {
    List<String> all = new ArrayList<>();
    for (Link link : links) {
      String text = String.join(", ", waiting(link));
      if (!text.isEmpty()) {
        all.add(
            "interface " + link.networkInterface().name() + ", carrier " + (link.isUp() ? "up: " : "down: ") + text);
      }
    }
    return all;
  }

  private List<String> waiting(Link link) {
    List<String> all = new ArrayList<>();
    String ipv4 = waitingForIpv4(link);
    String ipv6 = waitingForIpv6(link);
    // If the host has to find out by itself what its network offers, one version is enough.
    boolean isEither = dhcp.containsKey(link.networkInterface().name())
        && linkLocal.containsKey(link.networkInterface().name())
        && link.ndp() != null && link.ndp().isAutomatic();
    if (!isEither || ipv4 != null && ipv6 != null) {
      Stream.of(ipv4, ipv6).filter(Objects::nonNull).forEach(all::add);
    }
    for (InterfaceAddress own : link.networkInterface().addresses()) {
      if (!own.isAssigned()) {
        all.add(own.prefix() + " is being tested");
      }
    }
    return all;
  }

  private @Nullable String waitingForIpv4(Link link) {
    String name = link.networkInterface().name();
    DhcpService client = dhcp.get(name);
    LinkLocalService local = linkLocal.get(name);
    if (local != null && local.isConfigured()) {
      return null;
    }
    if (client != null) {
      return client.isConfigured() ? null : client.waiting();
    }
    return local == null || hasRoutable(link) ? null : "no link-local address yet";
  }

  private static @Nullable String waitingForIpv6(Link link) {
    NdpLink ndp = link.ndp();
    return ndp == null || !ndp.isAutomatic() || ndp.status().isConfigured() ? null : ndp.status().toString();
  }

  private static boolean hasRoutable(Link link) {
    return link.networkInterface().addresses().stream()
        .anyMatch(own -> own.address() instanceof Ipv4Address v4 && !v4.isLinkLocal());
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
    linkLocal.values().forEach(LinkLocalService::close);
    for (Link link : links) {
      try {
        link.close();
      } catch (Throwable t) {
        LOG.error("an interface could not be closed", t);
      }
    }
  }
}
