package io.reactorstack.lab;

import io.reactorstack.lab.report.Spans;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The tables of all hosts and boxes of a lab at one instant: MAC tables and ports of switches, interfaces, routes,
 * caches and sockets of hosts, mappings of NAT routers, and leases of DHCP servers. {@link #toString} is the text to read; {@code of(name).rows(type)} returns values:
 *
 * <pre>{@code
 * System.out.print(lab.tables());
 * List<NeighborEntry> neighbours = lab.tables().of("shop").rows(NeighborEntry.class);
 * }</pre>
 *
 * @param at the time since the world began
 * @param nodes the switches and hubs in the order of their creation, then the hosts in the order in which they were
 *     connected
 */
public record LabTables(Duration at, List<NodeTables> nodes) {

  /** Copies the list. */
  public LabTables {
    nodes = List.copyOf(nodes);
  }

  /**
   * Returns the tables of the host or box of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public NodeTables of(String name) {
    return nodes.stream().filter(node -> node.name().equals(name)).findAny().orElseThrow(
        () -> new IllegalArgumentException("the lab has no host or junction named " + name));
  }

  /** Returns the time and the tables of each host and box, ending in a line break. */
  @Override
  public String toString() {
    return nodes.stream().map(node -> "\n" + node).collect(
        Collectors.joining("", "tables at " + Spans.text(at) + "\n", ""));
  }
}
