package io.reactorstack.lab;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The wires, junctions and hosts of a lab by name. Confined to the loop, except for the list of unconnected hosts. */
final class Inventory {

  private final Map<String, String> kinds = new HashMap<>();
  private final List<Wire> wires = new ArrayList<>();
  private final List<Junction> junctions = new ArrayList<>();
  private final List<Host> hosts = new ArrayList<>();
  /** Names of hosts that were described but not started yet; any thread. */
  private final Set<String> described = Collections.synchronizedSet(new LinkedHashSet<>());

  List<Wire> wires() {
    return wires;
  }

  List<Junction> junctions() {
    return junctions;
  }

  List<Host> hosts() {
    return hosts;
  }

  void add(Wire wire) {
    take(wire.name(), "wire");
    wires.add(wire);
  }

  void remove(Wire wire) {
    wires.remove(wire);
    kinds.remove(wire.name());
  }

  <J extends Junction> J add(J junction) {
    take(junction.name(), junction instanceof Hub ? "hub" : "switch");
    junctions.add(junction);
    return junction;
  }

  /** The parts of the lab that have tables, in the order in which they are shown. */
  List<Tabled> tabled() {
    List<Tabled> all = new ArrayList<>();
    junctions.stream().filter(Tabled.class::isInstance).map(Tabled.class::cast).forEach(all::add);
    all.addAll(hosts);
    return all;
  }

  /** Returns the name of the host or junction at the other end of the wire at {@code port}; empty if there is none. */
  String peer(Ports.Port port) {
    Plug own = port.plug();
    if (own == null) {
      return "";
    }
    Plug end = own.opposite();
    return Stream.concat(
        hosts.stream().filter(host -> host.has(end)).map(Host::name),
        junctions.stream().filter(junction -> Ports.of(junction).has(end)).map(Junction::name)).findFirst().orElse("");
  }

  private void take(String name, String kind) {
    String taken = kinds.putIfAbsent(Checks.text("name", name), kind);
    if (taken != null) {
      throw new IllegalArgumentException("the lab already has a " + taken + " named " + name + ": every " + kind
          + " needs a name of its own");
    }
  }

  /** Returns the wire of this name; {@code null} if there is none. */
  @Nullable
  Wire wire(String name) {
    return wires.stream().filter(wire -> wire.name().equals(name)).findAny().orElse(null);
  }

  // ---- hosts

  void describe(String name) {
    described.add(name);
  }

  /** Forgets a described host, because its caller gets a more specific error. */
  void undescribe(String name) {
    described.remove(name);
  }

  /** Returns a sentence about hosts that were described but never connected; empty if there are none. */
  String forgotten() {
    synchronized (described) {
      return described.isEmpty()
          ? ""
          : "hosts described but never connected: " + String.join(", ", described)
              + "; connect each with connectTo(…), or with on(…) and start()";
    }
  }

  /**
   * Returns the host that a new host named {@code name} replaces; {@code null} if there is none.
   *
   * @throws IllegalArgumentException if the host of this name is still in use
   */
  @Nullable
  Host replacedBy(String name) {
    Host before = hosts.stream().filter(host -> host.name().equals(name)).findAny().orElse(null);
    if (before != null && !before.isGone()) {
      throw new IllegalArgumentException("the lab already has a host named " + name
          + (before.state() == HostState.STOPPED
              ? ", which is still stopping: await its stack().stop() first"
              : ": to replace it, await its stack().stop() first"));
    }
    return before;
  }

  /**
   * Checks that {@code host}, which does not run, may start again.
   *
   * @throws IllegalStateException if it is still stopping, or another host has replaced it
   * @throws IllegalArgumentException if another host has taken an address
   */
  void checkStarts(Host host) {
    if (!hosts.contains(host)) {
      throw new IllegalStateException("another host has replaced host " + host.name());
    }
    if (!host.isGone()) {
      throw new IllegalStateException("the host " + host.name() + " is still stopping: await its stop() first");
    }
    host.checkUnused(this);
  }

  void add(Host host, @Nullable Host replaced) {
    if (replaced == null) {
      take(host.name(), "host");
    } else {
      hosts.remove(replaced);
    }
    hosts.add(host);
    described.remove(host.name());
  }

  /** Returns the hosts' names by their addresses. */
  Map<IpAddress, String> names() {
    Map<IpAddress, String> names = new LinkedHashMap<>();
    hosts.forEach(host -> host.presentAddresses().forEach(address -> names.putIfAbsent(address, host.name())));
    return names;
  }

  /** Returns whether a host that is gone had {@code address}; its neighbours may still have it in their caches. */
  boolean wasUsed(IpAddress address) {
    return hosts.stream().anyMatch(host -> host.isGone() && host.presentAddresses().contains(address));
  }

  /**
   * Checks that no other host has {@code address} on the link that {@code wire} belongs to.
   *
   * @throws IllegalArgumentException if another host has it
   */
  void checkUnused(IpAddress address, Wire wire, String name) {
    Set<WireVlan> link = link(WireVlan.untagged(wire));
    for (Host host : hosts) {
      if (!host.isGone() && host.has(address, link)) {
        throw new IllegalArgumentException("the address " + address + " of host " + name + " is already in use by host "
            + host.name() + " on the same link");
      }
    }
  }

  /** Returns the frames on all wires that frames of {@code start} can become through hubs and switches. */
  private static Set<WireVlan> link(WireVlan start) {
    Set<WireVlan> reached = new HashSet<>(Set.of(start));
    Deque<WireVlan> toVisit = new ArrayDeque<>(reached);
    while (!toVisit.isEmpty()) {
      WireVlan here = toVisit.remove();
      for (Ports junction : here.wire().junctions()) {
        for (WireVlan next : junction.beyond(here)) {
          if (reached.add(next)) {
            toVisit.add(next);
          }
        }
      }
    }
    return reached;
  }
}
