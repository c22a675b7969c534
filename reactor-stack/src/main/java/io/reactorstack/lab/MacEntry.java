package io.reactorstack.lab;

import io.reactorstack.lab.report.Spans;
import io.reactorstack.packet.MacAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * An entry of the table of a {@link Switch}.
 *
 * @param vlan the VLAN in which the address was seen
 * @param address the address
 * @param port the name of the port at which it was seen last
 * @param peer the name of the host or junction at the other end of that port's wire; empty if there is none
 * @param age the time since it was last seen
 */
public record MacEntry(int vlan, MacAddress address, String port, String peer, Duration age) {

  static final Comparator<MacEntry> ORDER = Comparator.comparingInt(MacEntry::vlan)
      .thenComparingLong(entry -> entry.address().bits());

  static Table<MacEntry> table(List<MacEntry> rows) {
    return new Table<>("MAC addresses", MacEntry.class, rows, List.of(
        Table.column("VLAN", MacEntry::vlan), Table.column("Address", MacEntry::address),
        Table.column("Port", MacEntry::port), Table.column("Peer", entry -> entry.peer.isEmpty() ? "-" : entry.peer),
        Table.column("Last seen", entry -> Spans.text(entry.age) + " ago")));
  }
}
