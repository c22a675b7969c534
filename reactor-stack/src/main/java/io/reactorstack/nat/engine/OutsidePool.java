package io.reactorstack.nat.engine;

import io.reactorstack.packet.Ipv4Address;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The translator's outside addresses. */
final class OutsidePool {

  private final Map<Ipv4Address, OutsideAddress> addresses = new LinkedHashMap<>();

  boolean contains(Ipv4Address address) {
    return addresses.containsKey(address);
  }

  boolean isEmpty() { return addresses.isEmpty(); }

  /** Returns all addresses, in the order in which they were set. */
  List<OutsideAddress> all() {
    return List.copyOf(addresses.values());
  }

  /** Returns all addresses, those with the fewest paired hosts first. */
  List<OutsideAddress> byUse() {
    List<OutsideAddress> sorted = new ArrayList<>(addresses.values());
    sorted.sort(Comparator.comparingInt(OutsideAddress::hosts));
    return sorted;
  }

  /** Replaces the addresses; those that were there before keep their ports. Returns the removed ones. */
  List<OutsideAddress> set(List<Ipv4Address> now) {
    Map<Ipv4Address, OutsideAddress> before = new LinkedHashMap<>(addresses);
    addresses.clear();
    for (Ipv4Address address : now) {
      OutsideAddress kept = before.remove(address);
      if (kept != null) {
        addresses.put(address, kept);
      } else {
        addresses.computeIfAbsent(address, OutsideAddress::new);
      }
    }
    return new ArrayList<>(before.values());
  }
}
