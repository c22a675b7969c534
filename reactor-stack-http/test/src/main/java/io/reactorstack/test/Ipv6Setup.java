package io.reactorstack.test;

import io.reactorstack.NetworkStack;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.HostSoftware;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The program that gives the interfaces of a host their IPv6 addresses and routes at each start, besides the IPv4
 * addresses of the lab's builder.
 */
final class Ipv6Setup implements HostSoftware {

  /** An address of an interface with the length of its network's prefix. */
  private record Address(String interfaceName, IpPrefix prefix) {}

  private record Route(IpPrefix network, IpAddress gateway) {}

  static final IpPrefix EVERYWHERE = IpPrefix.parse("::/0");

  private final List<Address> addresses = new ArrayList<>();
  /** The routes; more may come while the host runs. */
  private final List<Route> routes = new CopyOnWriteArrayList<>();

  Ipv6Setup address(String interfaceName, IpPrefix prefix) {
    addresses.add(new Address(interfaceName, prefix));
    return this;
  }

  Ipv6Setup route(IpPrefix network, IpAddress gateway) {
    routes.add(new Route(network, gateway));
    return this;
  }

  /** Adds a route also to the host that runs already, if it does. On the lab's thread. */
  void routeNow(IpPrefix network, IpAddress gateway, Host running) {
    Route route = new Route(network, gateway);
    routes.add(route);
    // A host that has not run this program yet cannot reach the gateway; it gets the route with the others.
    add(running.stack(), route).onErrorComplete().subscribe();
  }

  @Override
  public void start(Host host) {
    NetworkStack stack = host.stack();
    Flux.fromIterable(addresses).concatMap(each -> stack.addAddress(each.interfaceName, each.prefix))
        .thenMany(Flux.defer(() -> Flux.fromIterable(routes)).concatMap(route -> add(stack, route)))
        .subscribe();
  }

  private static Mono<Void> add(NetworkStack stack, Route route) {
    return stack.addRoute(route.network, route.gateway);
  }
}
