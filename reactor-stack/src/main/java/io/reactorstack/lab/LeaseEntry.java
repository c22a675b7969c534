package io.reactorstack.lab;

import io.reactorstack.lab.report.Spans;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import java.time.Duration;
import java.util.List;

/**
 * An address that a {@link DhcpServer} has assigned.
 *
 * @param address the address
 * @param client the link address of the client
 * @param state {@code offered}, {@code leased}, {@code expired} (the client gets it again if it asks before others do), or
 *     {@code declined} (the client has found that another station uses the address)
 * @param remaining the time until the server may assign the address to another client
 */
public record LeaseEntry(Ipv4Address address, MacAddress client, String state, Duration remaining) {

  /** @param interfaceName the interface of the server */
  static Table<LeaseEntry> table(String interfaceName, List<LeaseEntry> rows) {
    return new Table<>("DHCP leases on " + interfaceName, LeaseEntry.class, rows, List.of(
        Table.column("Address", LeaseEntry::address), Table.column("Client", LeaseEntry::client),
        Table.column("State", LeaseEntry::state),
        Table.column("Ends in", entry -> entry.remaining.isZero() ? "-" : Spans.text(entry.remaining))));
  }
}
