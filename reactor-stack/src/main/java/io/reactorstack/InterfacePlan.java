package io.reactorstack;

import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.routing.AdvertisementSettings;
import io.reactorstack.setting.Checks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The settings of single interfaces of a host that is being configured, by interface name. Immutable.
 *
 * @param dhcp the settings of the DHCP clients
 * @param linkLocal the interfaces with a link-local IPv4 address if there is no other one
 * @param mtus the MTUs of interfaces that are not to have those of their devices, in bytes
 * @param advertisements the settings of the router advertisements of interfaces that send them
 */
record InterfacePlan(
    Map<String, DhcpSettings> dhcp,
    List<String> linkLocal,
    Map<String, Integer> mtus,
    Map<String, AdvertisementSettings> advertisements) {

  /** No settings. */
  static final InterfacePlan INITIAL = new InterfacePlan(Map.of(), List.of(), Map.of(), Map.of());

  InterfacePlan withDhcp(String interfaceName, UnaryOperator<DhcpSettings> change) {
    DhcpSettings before = dhcp.getOrDefault(interfaceName, DhcpSettings.DEFAULT);
    DhcpSettings client = Checks.given("dhcp", Checks.given("dhcp change", change).apply(before));
    return new InterfacePlan(plus(dhcp, interfaceName, client), linkLocal, mtus, advertisements);
  }

  InterfacePlan withLinkLocal(String interfaceName) {
    if (linkLocal.contains(interfaceName)) {
      return this;
    }
    List<String> more = new ArrayList<>(linkLocal);
    more.add(interfaceName);
    return new InterfacePlan(dhcp, List.copyOf(more), mtus, advertisements);
  }

  InterfacePlan withMtu(String interfaceName, int bytes) {
    return new InterfacePlan(dhcp, linkLocal, plus(mtus, interfaceName, bytes), advertisements);
  }

  InterfacePlan withAdvertisement(String interfaceName, UnaryOperator<AdvertisementSettings> change) {
    AdvertisementSettings before = advertisements.getOrDefault(interfaceName, AdvertisementSettings.DEFAULTS);
    AdvertisementSettings settings = Checks.given("advertise",
        Checks.given("advertise change", change).apply(before));
    return new InterfacePlan(dhcp, linkLocal, mtus, plus(advertisements, interfaceName, settings));
  }

  /** Keeps the order of the entries, so that runs repeat exactly. */
  private static <T> Map<String, T> plus(Map<String, T> map, String key, T value) {
    Map<String, T> more = new LinkedHashMap<>(map);
    more.put(key, value);
    return Collections.unmodifiableMap(more);
  }
}
