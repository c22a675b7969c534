package io.reactorstack.testing;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.ip.host.GroupFilter;
import io.reactorstack.ip.host.HostNetwork;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.ip.input.PacketError;
import io.reactorstack.ip.input.PacketErrorListener;
import io.reactorstack.layer.Egress;
import io.reactorstack.neighbor.LinkPacket;
import io.reactorstack.neighbor.Neighbor;
import io.reactorstack.neighbor.Neighbors;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Creates interfaces without lower layers, for tests of the internet layer and the layers above it. */
public final class TestInterfaces {

  private TestInterfaces() {}

  /** Creates a host without interfaces whose clock does not advance, so that learnt path MTUs never expire. */
  public static IpHost host() {
    return host(() -> 0, Duration.ZERO);
  }

  /** Creates a host without interfaces and with one shard; the caller counts as being on its loop. */
  public static IpHost host(LongSupplier clock, Duration pathMtuLifetime) {
    return new IpHost(
        new HostNetwork(Runnable::run, AddressSelection.DEFAULT), Runnable::run, clock, pathMtuLifetime);
  }

  /** Creates a host without interfaces that selects addresses by {@code selection}. */
  public static IpHost host(AddressSelection selection) {
    return new IpHost(new HostNetwork(Runnable::run, selection), Runnable::run, () -> 0, Duration.ZERO);
  }

  /** Adds an interface on a medium of bare packets. */
  public static NetworkInterface attach(
      IpHost host, String name, int mtu, Egress<OutboundPacket> egress, String... addresses) {
    return attach(host, name, mtu, Neighbors.NONE, egress, addresses);
  }

  /** Adds an interface with these neighbours. */
  public static NetworkInterface attach(
      IpHost host, String name, int mtu, Neighbors neighbors, Egress<OutboundPacket> egress, String... addresses) {
    host.network().attach(name, DeviceCapabilities.ip(mtu), Stream.of(addresses).map(IpPrefix::parse).toList());
    return host.open(host.addressesOf(name), neighbors, GroupFilter.NONE, egress);
  }

  /** Adds the loopback interface. */
  public static NetworkInterface attachLoopback(IpHost host, Egress<OutboundPacket> egress) {
    host.network().attach(NetworkInterface.LOOPBACK, DeviceCapabilities.ip(NetworkInterface.LOOPBACK_MTU),
        InterfaceSnapshot.OF_LOOPBACK);
    return host.open(host.addressesOf(NetworkInterface.LOOPBACK), Neighbors.NONE, GroupFilter.NONE, egress);
  }

  /** Adds an address to {@code networkInterface}, given with the prefix length of its network. */
  public static void address(IpHost host, NetworkInterface networkInterface, String prefix) {
    host.network().addAddress(networkInterface.name(), InterfaceAddress.manual(IpPrefix.parse(prefix)));
  }

  /** Records the complaints of the internet layer. */
  public static final class Complained implements PacketErrorListener {

    /** The recorded complaints: packets whose senders are to be notified. */
    public final List<PacketError> all = new ArrayList<>();

    @Override
    public void complain(PacketError complaint) {
      all.add(complaint);
    }
  }

  /** Neighbours that fail as the test determines, and record the calls made to them. */
  public static final class ToldNeighbors implements Neighbors {

    /** Next hops that were confirmed as reachable, in order. */
    public final List<IpAddress> confirmed = new ArrayList<>();
    /** Neighbours that do not answer. */
    public final Set<IpAddress> failed = new HashSet<>();

    @Override
    public Neighbor of(IpAddress nextHop) {
      return new Neighbor() {
        @Override
        public boolean isCurrent() { return true; }

        @Override
        public void confirm() {
          confirmed.add(nextHop);
        }

        @Override
        public void doubt() {
          // No test needs it.
        }

        @Override
        public MacAddress linkAddressFor(LinkPacket packet) {
          throw new AssertionError("the medium has no link addresses");
        }

        @Override
        public String toString() {
          return nextHop.toString();
        }
      };
    }

    @Override
    public boolean hasFailed(IpAddress neighbor) {
      return failed.contains(neighbor);
    }

    @Override
    public void relearn() {
      failed.clear();
    }

    @Override
    public void forget(Predicate<? super IpAddress> gone) {
      failed.removeIf(gone);
    }

    @Override
    public void close() {
      failed.clear();
    }
  }
}
