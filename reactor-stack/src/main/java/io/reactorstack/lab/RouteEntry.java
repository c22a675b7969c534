package io.reactorstack.lab;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a routing table.
 *
 * @param destination the destination network
 * @param gateway the router to the network; {@code null} if the network is on the link
 * @param interfaceName the interface to send through
 * @param metric the preference among routes to the same network, lower first
 */
public record RouteEntry(IpPrefix destination, @Nullable IpAddress gateway, String interfaceName, int metric) {

  static Table<RouteEntry> table(List<RouteEntry> rows) {
    return new Table<>("routes", RouteEntry.class, rows, List.of(
        Table.column("Destination", RouteEntry::destination),
        Table.column("Gateway", entry -> entry.gateway == null ? "on link" : entry.gateway),
        Table.column("Interface", RouteEntry::interfaceName), Table.column("Metric", RouteEntry::metric)));
  }
}
