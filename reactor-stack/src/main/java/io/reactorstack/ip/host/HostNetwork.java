package io.reactorstack.ip.host;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The owner of a host's interfaces, addresses and routes. Each change creates a new {@link HostSnapshot}, which is
 * published to all shards of the host. A path MTU that one shard has learnt is published likewise.
 *
 * <p>Confined to the loop of the owner, which is the first shard. A shard on another loop calls it in a task of {@link #execute}.
 */
public final class HostNetwork {

  /** A shard that receives the changes of the host's network. Called on the shard's loop. */
  interface Subscriber {

    /** Publishes {@code now} and the event that led to it. */
    void onChange(HostSnapshot now, InterfaceEvent event);

    /** Publishes {@code now}, whose change is not an event for users. */
    void onAdaptation(HostSnapshot now);

    /** Reports {@code event}, which does not change the network. */
    void onReport(InterfaceEvent event);

    /**
     * Reports that packets above {@code mtu} bytes do not reach {@code destination} over the interface
     * {@code interfaceName}.
     */
    void onPathMtu(String interfaceName, IpAddress destination, int mtu);

    /** Discards all learnt path MTUs. */
    void onPathsForgotten();
  }

  private record Shard(Executor loop, Subscriber subscriber) {}

  private final Executor owner;
  private final List<Shard> shards = new ArrayList<>(1);
  private HostSnapshot now;

  /**
   * Creates the network of a host without interfaces.
   *
   * @param owner runs tasks on the owner's loop, immediately if the caller is on it
   * @param selection the settings of address selection
   */
  public HostNetwork(Executor owner, AddressSelection selection) {
    this.owner = owner;
    this.now = HostSnapshot.empty(selection);
  }

  /** Runs {@code change} on the owner's loop, immediately if the caller is on it. */
  void execute(Runnable change) {
    owner.execute(change);
  }

  /**
   * Adds a shard, and publishes the current network to it.
   *
   * @param loop runs tasks on the shard's loop, immediately if the caller is on it
   */
  void subscribe(Executor loop, Subscriber subscriber) {
    shards.add(new Shard(loop, subscriber));
    HostSnapshot first = now;
    loop.execute(() -> subscriber.onAdaptation(first));
  }

  /** The current network. */
  public HostSnapshot snapshot() {
    return now;
  }

  private void change(HostSnapshot next, InterfaceEvent event) {
    now = next;
    for (Shard shard : shards) {
      shard.loop.execute(() -> shard.subscriber.onChange(next, event));
    }
  }

  private void adapt(HostSnapshot next) {
    now = next;
    for (Shard shard : shards) {
      shard.loop.execute(() -> shard.subscriber.onAdaptation(next));
    }
  }

  // ---- interfaces

  /**
   * Adds an interface. The caller must add the routes to its networks.
   *
   * @param given the addresses of the interface, most preferred first
   * @throws IllegalArgumentException if the host already has an interface of this name, or the interface cannot have
   *     one of the addresses
   */
  public void attach(String name, DeviceCapabilities capabilities, List<IpPrefix> given) {
    if (now.named(name) != null) {
      throw new IllegalArgumentException("there is already an interface " + name);
    }
    adapt(now.with(InterfaceSnapshot.of(name, capabilities, given)));
  }

  /** Removes an interface. Its routes remain in the table but are not used. */
  public void detach(String name) {
    if (now.named(name) != null) {
      adapt(now.without(name));
    }
  }

  /** Removes the interface {@code name}, whose device has failed permanently. */
  public void fail(String name, Throwable cause) {
    change(now.without(name), new InterfaceEvent.Failed(name, cause));
  }

  /**
   * Sets the carrier state of the interface {@code name}, initially and at each change. Without a carrier, a
   * destination is reached over another interface if a route leads there.
   */
  public void carrying(String name, boolean up) {
    change(now.changed(name, before -> before.carrying(up)),
        up ? new InterfaceEvent.Up(name) : new InterfaceEvent.Down(name));
  }

  /** Sets whether the host is a router; it is none at first. */
  void forwarding(boolean on) {
    adapt(now.forwarding(on));
  }

  /** Accepts packets to {@code group} on {@code name}. */
  void join(String name, IpAddress group) {
    adapt(now.adapted(name, before -> before.joined(group)));
  }

  /** No longer accepts packets to {@code group} on {@code name}. */
  void leave(String name, IpAddress group) {
    adapt(now.adapted(name, before -> before.left(group)));
  }

  // ---- addresses

  /**
   * Adds an address to the interface {@code name}; it is the least preferred one.
   *
   * @throws IllegalArgumentException if the interface cannot have the address
   */
  public void addAddress(String name, InterfaceAddress added) {
    change(now.changed(name, before -> before.with(added)), new InterfaceEvent.AddressAdded(name, added.prefix()));
  }

  /** Sets the lifetimes of an address that the interface {@code name} has. */
  public void renewAddress(String name, InterfaceAddress renewed) {
    adapt(now.adapted(name, before -> before.renewed(renewed)));
  }

  /**
   * Adds an address to the interface {@code name} whose uniqueness on the link is still to be verified: packets are
   * neither accepted for it nor sent from it until {@link #assign} is called (RFC 4862 section 5.4).
   *
   * @throws IllegalArgumentException if the interface cannot have the address
   */
  public void addTentative(String name, InterfaceAddress added) {
    // A tentative address affects no route lookup and is no event for users.
    adapt(now.adapted(name, before -> before.with(added)));
  }

  /** Gives the tentative address {@code own} of the interface {@code name} to use: it has proven to be unique. */
  public void assign(String name, IpAddress own) {
    InterfaceAddress verified = address(name, own);
    if (verified != null) {
      change(now.changed(name, before -> before.assigned(own)),
          new InterfaceEvent.AddressAdded(name, verified.prefix()));
    }
  }

  /** Removes the tentative address {@code duplicate} from the interface {@code name}: another station uses it. */
  public void refuse(String name, IpAddress duplicate) {
    InterfaceAddress refused = address(name, duplicate);
    if (refused != null) {
      change(now.changed(name, before -> before.without(duplicate)),
          new InterfaceEvent.AddressDuplicate(name, refused.prefix()));
    }
  }

  private @Nullable InterfaceAddress address(String name, IpAddress wanted) {
    InterfaceSnapshot holder = now.named(name);
    return holder == null ? null : holder.holding(wanted);
  }

  /** Removes the address {@code removed} from the interface {@code name}, if it has that address. */
  public void removeAddress(String name, IpAddress removed) {
    InterfaceSnapshot from = now.named(name);
    for (InterfaceAddress own : from == null ? List.<InterfaceAddress>of() : from.addresses()) {
      if (own.address().equals(removed)) {
        change(now.changed(name, before -> before.without(removed)),
            new InterfaceEvent.AddressRemoved(name, own.prefix()));
      }
    }
  }

  /**
   * Replaces the entry of an address of the interface {@code name} by {@code next}, whose state permits another use:
   * preferred or deprecated.
   */
  public void restate(String name, InterfaceAddress next) {
    change(now.changed(name, before -> before.renewed(next)), next.state() == InterfaceAddress.State.DEPRECATED
        ? new InterfaceEvent.AddressDeprecated(name, next.prefix())
        : new InterfaceEvent.AddressPreferred(name, next.prefix()));
  }

  /** Reports an address conflict: the station {@code claimant} on the link of {@code name} uses {@code own}. */
  public void conflict(String name, IpAddress own, MacAddress claimant) {
    // The network has not changed, so the generation remains: a foreign claim must not cause route lookups.
    report(new InterfaceEvent.AddressConflict(name, own, claimant));
  }

  /** Publishes an event that does not change the network. */
  public void report(InterfaceEvent event) {
    for (Shard shard : shards) {
      shard.loop.execute(() -> shard.subscriber.onReport(event));
    }
  }

  // ---- routes

  /** Replaces the routes by the result of {@code change}, and publishes each removed and added route. */
  public void routes(UnaryOperator<RoutingTable> change) {
    RoutingTable before = now.routes();
    RoutingTable after = change.apply(before);
    HostSnapshot next = withoutFormerGateways(now.with(after), before);
    for (Route route : before.routes()) {
      if (!after.routes().contains(route)) {
        change(next, new InterfaceEvent.RouteRemoved(route.interfaceName(), route.destination(), route.gateway()));
      }
    }
    for (Route route : after.routes()) {
      if (!before.routes().contains(route)) {
        change(next, new InterfaceEvent.RouteAdded(route.interfaceName(), route.destination(), route.gateway()));
      }
    }
  }

  /** Forgets which of the gateways of {@code before} do not answer if {@code next} has no route over them any more. */
  private static HostSnapshot withoutFormerGateways(HostSnapshot next, RoutingTable before) {
    HostSnapshot result = next;
    for (Route route : before.routes()) {
      IpAddress gateway = route.gateway();
      if (gateway != null && !next.routes().hasGateway(gateway, route.interfaceName())) {
        result = result.changed(route.interfaceName(), each -> each.silent(gateway, false));
      }
    }
    return result;
  }

  /**
   * Sets whether {@code gateway} fails to answer. Routes over a failed gateway are used only if no other route leads to
   * the destination (RFC 1122 section 3.3.1.5).
   */
  void gateway(String name, IpAddress gateway, boolean failed) {
    change(now.changed(name, before -> before.silent(gateway, failed)), failed
        ? new InterfaceEvent.GatewayFailed(name, gateway)
        : new InterfaceEvent.GatewayRestored(name, gateway));
  }

  /**
   * Sends packets to {@code destination} over {@code nextHop} on the interface {@code name}, until the routes change or
   * the next hop does not answer.
   */
  void redirect(String name, IpAddress destination, IpAddress nextHop) {
    HostSnapshot.Hop hop = new HostSnapshot.Hop(name, nextHop);
    if (now.named(name) != null && !hop.equals(now.redirects().of(destination))) {
      change(now.with(now.redirects().with(destination, hop)),
          new InterfaceEvent.Redirected(name, destination, nextHop));
    }
  }

  /** Drops the redirects to {@code nextHop}, which does not answer (RFC 4861 section 7.3.3). */
  void forgetRedirects(IpAddress nextHop) {
    Redirects fewer = now.redirects().without(hop -> hop.address().equals(nextHop));
    if (fewer != now.redirects()) {
      adapt(now.with(fewer));
    }
  }

  /**
   * Publishes that the silent gateway {@code gateway} was asked once more and did not answer: if all gateways of a
   * destination are silent, the one that failed the longest time ago is tried next (RFC 4861 section 6.3.6).
   */
  void gatewayFailedAgain(String name, IpAddress gateway) {
    adapt(now.changed(name, before -> before.silent(gateway, true)));
  }

  /** Sets the parameters of the link of the interface {@code name} that routers have advertised. */
  public void ipv6Link(String name, Ipv6Link link) {
    InterfaceSnapshot of = now.named(name);
    if (of != null && !of.ipv6().equals(link)) {
      adapt(now.changed(name, before -> before.with(link)));
    }
  }

  // ---- paths

  /**
   * Publishes a path MTU that one shard has learnt: packets above {@code mtu} bytes do not reach {@code destination}.
   */
  void pathMtu(String name, IpAddress destination, int mtu) {
    for (Shard shard : shards) {
      shard.loop.execute(() -> shard.subscriber.onPathMtu(name, destination, mtu));
    }
  }

  /** Discards all learnt path MTUs, because packets may take other paths. */
  public void forgetPathMtus() {
    for (Shard shard : shards) {
      shard.loop.execute(shard.subscriber::onPathsForgotten);
    }
  }
}
