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
import org.jspecify.annotations.Nullable;

/** The parts of a lab by name. Confined to the loop, but for the descriptions of hosts. */
final class Inventory {

  private final Map<String, String> kinds = new HashMap<>();
  private final List<Wire> wires = new ArrayList<>();
  private final List<Junction> junctions = new ArrayList<>();
  private final List<Host> hosts = new ArrayList<>();
  /** Hosts that were described and not started yet; any thread. */
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

  void add(Junction junction) {
    take(junction.name(), junction instanceof Hub ? "hub" : "switch");
    junctions.add(junction);
  }

  private void take(String name, String kind) {
    String taken = kinds.putIfAbsent(Checks.text("name", name), kind);
    if (taken != null) {
      throw new IllegalArgumentException("the lab has a " + taken + " named " + name + " already: every " + kind
          + " needs a name of its own");
    }
  }

  /** The wire of this name, if there is one. */
  @Nullable
  Wire wire(String name) {
    return wires.stream().filter(wire -> wire.name().equals(name)).findAny().orElse(null);
  }

  // ---- hosts

  void describe(String name) {
    described.add(name);
  }

  /** The description has led to an error that its author was told of. */
  void undescribe(String name) {
    described.remove(name);
  }

  /** A sentence about hosts that were described and never connected; empty if there are none. */
  String forgotten() {
    synchronized (described) {
      return described.isEmpty()
          ? ""
          : "of the lab's hosts " + String.join(", ", described) + " was described but never connected:"
              + " end its description with connectTo(…), or with on(…) and start()";
    }
  }

  /**
   * The host that {@code name} would replace, {@code null} if there was none.
   *
   * @throws IllegalArgumentException if the name is taken by something that is in use
   */
  @Nullable
  Host replacedBy(String name) {
    Host before = hosts.stream().filter(host -> host.name().equals(name)).findAny().orElse(null);
    if (before != null && !before.isGone()) {
      throw new IllegalArgumentException("the lab has a host named " + name + " already"
          + (before.state() == HostState.STOPPED
              ? ", which is still stopping: await its stack().stop() first"
              : ": await its stack().stop() to put another in its place"));
    }
    return before;
  }

  /**
   * Checks that {@code host}, which does not run, may start again.
   *
   * @throws IllegalStateException if it is still stopping, or another host has taken its place
   * @throws IllegalArgumentException if another host has taken an address
   */
  void checkStarts(Host host) {
    if (!hosts.contains(host)) {
      throw new IllegalStateException("another host has taken the place of host " + host.name());
    }
    if (!host.isGone()) {
      throw new IllegalStateException("the host " + host.name() + " is still stopping: await its stop() first");
    }
    for (int i = 0; i < host.addresses().size(); i++) {
      checkUnused(host.addresses().get(i), host.wires().get(i), host.name());
    }
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

  /** The hosts' names by their addresses. */
  Map<IpAddress, String> names() {
    Map<IpAddress, String> names = new LinkedHashMap<>();
    hosts.forEach(host -> host.addresses().forEach(address -> names.putIfAbsent(address, host.name())));
    return names;
  }

  /** Whether some host that is gone had {@code address}, so that others may remember where it was. */
  boolean wasUsed(IpAddress address) {
    return hosts.stream().anyMatch(host -> host.isGone() && host.addresses().contains(address));
  }

  /**
   * Checks that no other host has {@code address} on the link that {@code wire} belongs to.
   *
   * @throws IllegalArgumentException if one has
   */
  void checkUnused(IpAddress address, Wire wire, String name) {
    Set<Wire> link = link(wire);
    for (Host host : hosts) {
      if (!host.isGone() && host.has(address, link)) {
        throw new IllegalArgumentException("the address " + address + " of host " + name + " is that of host "
            + host.name() + " already, on the same link");
      }
    }
  }

  /** All wires that frames reach from {@code start} through hubs and switches. */
  private static Set<Wire> link(Wire start) {
    Set<Wire> reached = new HashSet<>(Set.of(start));
    Deque<Wire> toVisit = new ArrayDeque<>(reached);
    while (!toVisit.isEmpty()) {
      for (Ports junction : toVisit.remove().junctions()) {
        for (Wire next : junction.wires()) {
          if (reached.add(next)) {
            toVisit.add(next);
          }
        }
      }
    }
    return reached;
  }
}
