package io.reactorstack;

import io.reactorstack.device.NetworkDevice;
import io.reactorstack.host.HostSettings;
import io.reactorstack.host.VlanInterface;
import io.reactorstack.ip.forward.Translation;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ndp.Ipv6Settings;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.routing.ForwardingSettings;
import io.reactorstack.setting.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The interfaces of a host that is being configured, and the settings of its internet layer. Immutable.
 *
 * @param devices the devices in the order in which they are opened
 * @param routes the routes, besides those to the networks of the host's own addresses
 * @param interfaces the settings of single interfaces
 * @param selection the settings of address selection
 * @param settings the settings of the internet layer, of the interfaces and of the ports
 * @param forwarding the settings of forwarding
 * @param nat the translation of addresses, or {@code null} for none
 */
record NetworkPlan(
    List<Assembly.Attached> devices,
    List<Route> routes,
    InterfacePlan interfaces,
    AddressSelection selection,
    HostSettings.Network settings,
    ForwardingSettings forwarding,
    Translation.@Nullable Plan nat) {

  /** A host without interfaces. */
  static final NetworkPlan INITIAL = new NetworkPlan(List.of(), List.of(), InterfacePlan.INITIAL,
      AddressSelection.DEFAULT, HostSettings.Network.DEFAULT, ForwardingSettings.DEFAULTS, null);

  // ---- interfaces

  /**
   * Returns a copy with one more device.
   *
   * @throws IllegalArgumentException if the name is taken, or one of {@code addresses} is not an address with a prefix
   *     length
   */
  NetworkPlan withDevice(String name, NetworkDevice.Factory device, String... addresses) {
    return withDevices(plus(devices, new Assembly.Attached(unused(name), device, prefixes(addresses), List.of())));
  }

  /**
   * Returns a copy with one more VLAN on the device of the interface {@code interfaceName}.
   *
   * @throws IllegalArgumentException if there is no such device, it has the VLAN already, or one of {@code addresses} is
   *     not an address with a prefix length
   */
  NetworkPlan withVlan(String interfaceName, int vlan, String... addresses) {
    Assembly.Attached device = devices.stream().filter(each -> each.name().equals(interfaceName)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException(
            "there is no device interface " + interfaceName + ": first add the device of the VLAN"));
    Assembly.Attached next = device.with(
        new VlanInterface(unused(interfaceName + "." + vlan), vlan, prefixes(addresses)));
    return withDevices(devices.stream().map(each -> each.equals(device) ? next : each).toList());
  }

  private NetworkPlan withDevices(List<Assembly.Attached> all) {
    return new NetworkPlan(all, routes, interfaces, selection, settings, forwarding, nat);
  }

  private static List<IpPrefix> prefixes(String... addresses) {
    return Checks.all("addresses", addresses).stream().map(IpPrefix::parse).toList();
  }

  private String unused(String interfaceName) {
    if (hasInterface(interfaceName)) {
      throw new IllegalArgumentException("an interface named " + interfaceName + " already exists");
    }
    return interfaceName;
  }

  private boolean hasInterface(String name) {
    return devices.stream().anyMatch(each -> each.isNamed(name));
  }

  /**
   * Returns the name of the interface of the device that was added last.
   *
   * @throws IllegalStateException if there is none
   */
  String lastDevice() {
    if (devices.isEmpty()) {
      throw new IllegalStateException("there is no device to configure: first add one");
    }
    return devices.getLast().name();
  }

  /**
   * Returns {@code interfaceName} if there is an interface of this name.
   *
   * @param purpose the end of the message of the exception, such as {@code to set IPv6 on}
   * @throws IllegalArgumentException if there is none
   */
  String existing(String interfaceName, String purpose) {
    if (!hasInterface(Checks.text("interfaceName", interfaceName))) {
      throw new IllegalArgumentException("there is no interface " + interfaceName + " " + purpose);
    }
    return interfaceName;
  }

  /**
   * Returns the name of the interface that leads to {@code router}: that of its zone, or the one added last whose
   * network contains it.
   *
   * @throws IllegalArgumentException if there is none
   */
  private String linkOf(IpAddress router) {
    Ipv6Address.Zone zone = router instanceof Ipv6Address v6 ? v6.zone() : null;
    return devices.reversed().stream()
        .flatMap(device -> zone == null
            ? device.linkOf(router).stream()
            : Stream.of(zone.name()).filter(device::isNamed))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the gateway " + router
            + " is not on the link of any interface: first add a device with an address in the gateway's network"));
  }

  // ---- settings

  /**
   * Returns a copy with one more route.
   *
   * @throws IllegalArgumentException if no interface leads to the router, or it cannot be a gateway to the network
   */
  NetworkPlan withRoute(IpPrefix network, IpAddress router, int metric) {
    Route route = new Route(network, router.withoutZone(), linkOf(router), metric);
    return new NetworkPlan(devices, plus(routes, route), interfaces, selection, settings, forwarding, nat);
  }

  /** Returns a copy in which {@code change} is made to the settings of IPv6 on the interface {@code interfaceName}. */
  NetworkPlan withIpv6(String interfaceName, UnaryOperator<Ipv6Settings> change) {
    HostSettings.Ipv6 changed = settings.ipv6().with(interfaceName, change);
    Checks.given("ipv6", changed.of(interfaceName));
    return with(settings.withIpv6(changed));
  }

  NetworkPlan with(InterfacePlan changed) {
    return new NetworkPlan(devices, routes, changed, selection, settings, forwarding, nat);
  }

  NetworkPlan with(AddressSelection changed) {
    return new NetworkPlan(devices, routes, interfaces, changed, settings, forwarding, nat);
  }

  NetworkPlan with(HostSettings.Network changed) {
    return new NetworkPlan(devices, routes, interfaces, selection, changed, forwarding, nat);
  }

  NetworkPlan with(ForwardingSettings changed) {
    return new NetworkPlan(devices, routes, interfaces, selection, settings, changed, nat);
  }

  /** Returns a copy of a router that translates the addresses of {@code changed}. */
  NetworkPlan with(Translation.Plan changed) {
    return new NetworkPlan(devices, routes, interfaces, selection, settings, forwarding, changed);
  }

  private static <T> List<T> plus(List<T> list, T more) {
    List<T> longer = new ArrayList<>(list);
    longer.add(more);
    return List.copyOf(longer);
  }
}
