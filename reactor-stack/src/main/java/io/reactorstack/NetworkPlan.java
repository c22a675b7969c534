package io.reactorstack;

import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.host.HostSettings;
import io.reactorstack.ip.host.Route;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.routing.ForwardingSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The interfaces of a host that is being configured, and the settings of its internet layer. Immutable.
 *
 * @param devices the devices in the order in which they are opened
 * @param routes the routes, besides those to the networks of the host's own addresses
 * @param dhcp the settings of the DHCP clients, by interface name
 * @param linkLocal the names of the interfaces with a link-local IPv4 address if there is no other one
 * @param mtus the MTUs of interfaces that are not to have those of their devices, in bytes, by interface name
 * @param selection the settings of address selection
 * @param settings the settings of the internet layer, of the interfaces and of the ports
 * @param forwarding the settings of forwarding
 */
record NetworkPlan(
    List<Assembly.Attached> devices,
    List<Route> routes,
    Map<String, DhcpSettings> dhcp,
    List<String> linkLocal,
    Map<String, Integer> mtus,
    AddressSelection selection,
    HostSettings.Network settings,
    ForwardingSettings forwarding) {

  /** A host without interfaces. */
  static final NetworkPlan INITIAL = new NetworkPlan(List.of(), List.of(), Map.of(), List.of(), Map.of(),
      AddressSelection.DEFAULT, HostSettings.Network.DEFAULT, ForwardingSettings.DEFAULTS);

  NetworkPlan with(Assembly.Attached device) {
    return withDevices(plus(devices, device));
  }

  /** Returns a copy in which {@code device} replaces the one of the same name. */
  NetworkPlan replacing(Assembly.Attached device) {
    return withDevices(devices.stream().map(each -> each.name().equals(device.name()) ? device : each).toList());
  }

  private NetworkPlan withDevices(List<Assembly.Attached> all) {
    return new NetworkPlan(all, routes, dhcp, linkLocal, mtus, selection, settings, forwarding);
  }

  boolean hasInterface(String name) {
    return devices.stream().anyMatch(each -> each.isNamed(name));
  }

  /**
   * Returns the name of the interface that leads to {@code router}: that of its zone, or the one added last whose
   * network contains it.
   *
   * @throws IllegalArgumentException if there is none
   */
  String linkOf(IpAddress router) {
    Ipv6Address.Zone zone = router instanceof Ipv6Address v6 ? v6.zone() : null;
    return devices.reversed().stream()
        .flatMap(device -> zone == null
            ? device.linkOf(router).stream()
            : Stream.of(zone.name()).filter(device::isNamed))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the gateway " + router
            + " is not on the link of any interface: first add a device with an address in the gateway's network"));
  }

  NetworkPlan with(Route route) {
    return new NetworkPlan(devices, plus(routes, route), dhcp, linkLocal, mtus, selection, settings, forwarding);
  }

  NetworkPlan with(String interfaceName, DhcpSettings client) {
    return new NetworkPlan(devices, routes, plus(dhcp, interfaceName, client), linkLocal, mtus, selection, settings,
        forwarding);
  }

  NetworkPlan withLinkLocal(String interfaceName) {
    return linkLocal.contains(interfaceName)
        ? this
        : new NetworkPlan(devices, routes, dhcp, plus(linkLocal, interfaceName), mtus, selection, settings, forwarding);
  }

  NetworkPlan with(String interfaceName, int mtu) {
    return new NetworkPlan(devices, routes, dhcp, linkLocal, plus(mtus, interfaceName, mtu), selection, settings,
        forwarding);
  }

  NetworkPlan with(AddressSelection changed) {
    return new NetworkPlan(devices, routes, dhcp, linkLocal, mtus, changed, settings, forwarding);
  }

  NetworkPlan with(HostSettings.Network changed) {
    return new NetworkPlan(devices, routes, dhcp, linkLocal, mtus, selection, changed, forwarding);
  }

  NetworkPlan with(ForwardingSettings changed) {
    return new NetworkPlan(devices, routes, dhcp, linkLocal, mtus, selection, settings, changed);
  }

  private static <T> List<T> plus(List<T> list, T more) {
    List<T> longer = new ArrayList<>(list);
    longer.add(more);
    return List.copyOf(longer);
  }

  /** Keeps the order of the entries, so that runs repeat exactly. */
  private static <T> Map<String, T> plus(Map<String, T> map, String key, T value) {
    Map<String, T> more = new LinkedHashMap<>(map);
    more.put(key, value);
    return Collections.unmodifiableMap(more);
  }
}
