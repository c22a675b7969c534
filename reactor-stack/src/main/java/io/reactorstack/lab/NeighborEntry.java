package io.reactorstack.lab;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a host's ARP cache or of its cache of neighbor discovery.
 *
 * @param address the address of the neighbour
 * @param macAddress its link address; {@code null} if it is not known
 * @param interfaceName the interface on whose link it is
 * @param state {@code INCOMPLETE}, {@code REACHABLE}, {@code STALE}, {@code DELAY} or {@code PROBE} (RFC 4861 section
 *     7.3.2), or {@code FAILED} if it does not answer
 * @param isRouter true if it was a router according to its last message that says so
 */
public record NeighborEntry(
    IpAddress address, @Nullable MacAddress macAddress, String interfaceName, String state, boolean isRouter) {

  static Table<NeighborEntry> table(String title, List<NeighborEntry> rows) {
    return new Table<>(title, NeighborEntry.class, rows, List.of(
        Table.column("Address", NeighborEntry::address),
        Table.column("MAC address", entry -> entry.macAddress == null ? "-" : entry.macAddress),
        Table.column("Interface", NeighborEntry::interfaceName),
        Table.column("State", entry -> entry.state + (entry.isRouter ? ", router" : ""))));
  }
}
