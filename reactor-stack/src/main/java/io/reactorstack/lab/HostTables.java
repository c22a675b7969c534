package io.reactorstack.lab;

import io.reactorstack.NetworkStack;
import io.reactorstack.host.Hosts;
import io.reactorstack.host.StackShard;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.lab.report.HostReport;
import io.reactorstack.lab.report.Spans;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.neighbor.NeighborSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Reads the tables of a host's stack. On the loop. */
final class HostTables {

  private static final Comparator<NatMapping> MAPPINGS = Comparator.comparing(NatMapping::protocol)
      .thenComparing(mapping -> mapping.inside().address()).thenComparing(mapping -> mapping.inside().port())
      .thenComparing(mapping -> mapping.outside().address()).thenComparing(mapping -> mapping.outside().port());

  private HostTables() {}

  /**
   * Returns {@code router} for a host that forwards packets, {@code NAT router} for one that also translates their
   * addresses, and {@code host} for others.
   */
  static String kind(NetworkStack stack) {
    StackShard shard = Hosts.of(stack).owner();
    return !shard.forwards() ? "host" : shard.translation() == null ? "router" : "NAT router";
  }

  /** Returns the tables of {@code stack}, which runs. */
  static List<Table<?>> of(NetworkStack stack) {
    StackShard shard = Hosts.of(stack).owner();
    List<Table<?>> all = new ArrayList<>(of(stack, shard.ip(), shard.turn().now()));
    if (shard.translation() != null) {
      all.add(mappings(shard.translation().mappings()));
    }
    return all;
  }

  private static List<Table<?>> of(NetworkStack stack, IpHost ip, long now) {
    return List.of(
        InterfaceEntry.table(ip.now().interfaces().stream().map(each -> entry(each, now)).toList()),
        RouteEntry.table(ip.now().routes().routes().stream().map(route -> new RouteEntry(
            route.destination().network(), route.gateway(), route.interfaceName(), route.metric())).toList()),
        NeighborEntry.table("ARP cache", neighbors(ip, true)),
        NeighborEntry.table("ND cache", neighbors(ip, false)),
        SocketEntry.table(sockets(HostReport.of(stack, ""))));
  }

  private static InterfaceEntry entry(InterfaceSnapshot each, long now) {
    return new InterfaceEntry(each.name(), each.carrying(), each.capabilities().macAddress(), each.mtu(),
        each.addresses().stream().map(address -> entry(address, now)).toList());
  }

  private static InterfaceEntry.Address entry(InterfaceAddress address, long now) {
    long until = address.lifetimes().validUntil();
    return new InterfaceEntry.Address(address.prefix(), lower(address.state()), lower(address.origin()),
        address.isTemporary(), until == Long.MAX_VALUE ? null : Duration.ofNanos(Math.max(0, until - now)));
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static List<NeighborEntry> neighbors(IpHost ip, boolean v4) {
    List<NeighborEntry> all = new ArrayList<>();
    for (NetworkInterface each : ip.interfaces()) {
      each.neighbors().snapshots().stream().filter(one -> one.address().isV4() == v4)
          .sorted(Comparator.comparing(NeighborSnapshot::address))
          .map(one -> new NeighborEntry(
              one.address(), one.macAddress(), each.name(), one.state().name(), one.isRouter()))
          .forEach(all::add);
    }
    return all;
  }

  private static Table<NatMapping> mappings(List<NatMapping> rows) {
    return new Table<>("NAT mappings", NatMapping.class, rows.stream().sorted(MAPPINGS).toList(), List.of(
        Table.column("Protocol", NatMapping::protocol), Table.column("Inside", NatMapping::inside),
        Table.column("Outside", NatMapping::outside),
        Table.column("State", mapping -> (mapping.isForwarding() ? "forwarding, " : "") + lower(mapping.state())),
        Table.column("Peers", NatMapping::sessions),
        Table.column("Sent", NatMapping::sent), Table.column("Received", NatMapping::received),
        Table.column("Ends in", mapping -> mapping.remaining() == null ? "-" : Spans.text(mapping.remaining()))));
  }

  private static List<SocketEntry> sockets(HostReport report) {
    List<SocketEntry> all = new ArrayList<>();
    report.listeners().forEach(
        each -> all.add(new SocketEntry("LISTEN", each.waiting(), each.backlog(), each.local(), null)));
    report.connections().forEach(each -> all.add(new SocketEntry(each.info().state().name().replace('_', '-'),
        each.unread(), each.unacknowledged(), each.local(), each.remote())));
    report.sockets().forEach(each -> all.add(new SocketEntry("UDP", each.unread(), 0, each.local(), each.remote())));
    return all;
  }
}
