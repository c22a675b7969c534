package io.reactorstack;

import io.reactorstack.device.NetworkDevice;
import io.reactorstack.host.HostLoops;
import io.reactorstack.host.HostSettings;
import io.reactorstack.host.StackHost;
import io.reactorstack.host.VlanInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * The parts for one start of a host, and the method that assembles them.
 *
 * @param settings the settings that all its shards have in common
 * @param loops its event loops
 * @param devices its devices in the order in which they are opened
 * @param interfaces the settings of single interfaces
 * @param routes its routes, besides those to the networks of its own addresses
 * @param resolver creates the host's name resolver after everything else is complete; {@code null} for none
 */
record Assembly(
    HostSettings settings,
    HostLoops loops,
    List<Attached> devices,
    InterfacePlan interfaces,
    List<Route> routes,
    @Nullable Function<? super NetworkStack, ? extends NameResolver> resolver) {

  /**
   * A device with the name of its interface, the addresses to assign to it, and the interfaces of its VLANs.
   */
  record Attached(String name, NetworkDevice.Factory device, List<IpPrefix> addresses, List<VlanInterface> vlans) {

    /** Returns a copy with one more VLAN. */
    Attached with(VlanInterface vlan) {
      List<VlanInterface> more = new ArrayList<>(vlans);
      more.add(vlan);
      return new Attached(name, device, addresses, List.copyOf(more));
    }

    /** Returns whether an interface of this device has the name. */
    boolean isNamed(String interfaceName) {
      return name.equals(interfaceName) || vlans.stream().anyMatch(vlan -> vlan.name().equals(interfaceName));
    }

    /** Returns the name of the interface whose network contains {@code neighbor}; of several, the last one. */
    Optional<String> linkOf(IpAddress neighbor) {
      Predicate<List<IpPrefix>> reaches = own -> own.stream().anyMatch(prefix -> prefix.contains(neighbor));
      return vlans.reversed().stream().filter(vlan -> reaches.test(vlan.addresses())).map(VlanInterface::name)
          .findFirst()
          .or(() -> Optional.of(name).filter(untagged -> reaches.test(addresses)));
    }
  }

  /** Returns a Mono that assembles the host on its first loop. */
  Mono<NetworkStack> start() {
    return Mono.create(sink -> {
      try {
        loops.first().execute(() -> start(sink));
      } catch (RejectedExecutionException e) {
        sink.error(new IllegalStateException("the event loop of host " + settings.name() + " has shut down", e));
      }
    });
  }

  private void start(MonoSink<NetworkStack> sink) {
    NetworkStack stack;
    try {
      stack = assemble();
    } catch (Throwable t) {
      // The subscriber gets the error only after the host's own loops have shut down, so that nothing of the host is
      // left.
      loops.end(() -> sink.error(t));
      return;
    }
    // The callback also runs if the subscriber cancelled before the host was assembled; otherwise nothing would stop
    // that host.
    sink.onCancel(stack::dispose);
    sink.success(stack);
  }

  /**
   * Returns the names of the interfaces that are to be configured by IPv6 routers.
   *
   * @throws IllegalArgumentException if one that was declared by its name is not Ethernet
   */
  private List<String> slaac(StackHost host) {
    HostSettings.Ipv6 ipv6 = settings.network().ipv6();
    return devices.stream()
        .flatMap(each -> Stream.concat(Stream.of(each.name()), each.vlans().stream().map(VlanInterface::name)))
        .filter(name -> ipv6.of(name).enabled() && settings.routersOf(name).discovery())
        .filter(name -> host.hasNeighborDiscovery(name, ipv6.changes().containsKey(name)))
        .toList();
  }

  /** Assembles the host synchronously; the caller must be on the host's first loop. */
  NetworkStack assemble() {
    StackHost host = new StackHost(settings, loops);
    try {
      host.attachLoopback();
      devices.forEach(each -> host.attach(each.name(), each.device(), each.addresses(), each.vlans(),
          interfaces.mtus()));
      routes.forEach(host::route);
      interfaces.linkLocal().forEach(host::startLinkLocal);
      List<String> slaac = slaac(host);
      interfaces.dhcp().forEach(host::startDhcp);
      interfaces.advertisements().forEach(host::startAdvertising);
      NetworkStack stack = new NetworkStack(host, interfaces.dhcp().keySet(), slaac);
      if (resolver != null) {
        stack.delegate(Checks.given("resolver of host " + settings.name(), resolver.apply(stack)));
      }
      return stack;
    } catch (Throwable t) {
      host.abandon();
      throw t;
    }
  }
}
