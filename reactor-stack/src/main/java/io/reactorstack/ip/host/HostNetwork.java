package io.reactorstack.ip.host;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;

/**
 * The owner of a host's interfaces, addresses and routes. Each change makes a new {@link HostSnapshot}, which is published to all
 * shards of the host; so is what one shard has learnt of a path's MTU.
 *
 * <p>Confined to the owner's loop: another shard calls it through {@link #execute}.
 */
public final class HostNetwork {

  /** A shard, as it is told of the host's network. Called on its own loop. */
  interface Subscriber {

    /** The network is as {@code now} tells, because of {@code event}. */
    void onChange(HostSnapshot now, InterfaceEvent event);

    /** The network is as {@code now} tells, of which nobody else need hear. */
    void onAdaptation(HostSnapshot now);

    /** Another station uses an address of the host: {@code event}. */
    void onConflict(InterfaceEvent event);

    /** Packets above {@code mtu} bytes do not reach {@code destination} over the interface {@code interfaceName}. */
    void onPathMtu(String interfaceName, IpAddress destination, int mtu);

    /** All that was learnt of paths counts no more. */
    void onPathsForgotten();
  }

  private record Shard(Executor loop, Subscriber subscriber) {}

  private final Executor owner;
  private final List<Shard> shards = new ArrayList<>(1);
  private HostSnapshot now = HostSnapshot.EMPTY;

  /**
   * A host without interfaces.
   *
   * @param owner runs tasks on the owner's loop, at once if the caller is on it
   */
  public HostNetwork(Executor owner) {
    this.owner = owner;
  }

  /** Runs {@code change} on the owner's loop, at once if the caller is on it. */
  void execute(Runnable change) {
    owner.execute(change);
  }

  /**
   * Publishes to one more shard, beginning with the network as it is.
   *
   * @param loop runs tasks on the shard's loop, at once if the caller is on it
   */
  void subscribe(Executor loop, Subscriber subscriber) {
    shards.add(new Shard(loop, subscriber));
    HostSnapshot first = now;
    loop.execute(() -> subscriber.onAdaptation(first));
  }

  /** The network as it is. */
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
   * Adds an interface; routes to its networks are the caller's to add.
   *
   * @param given its addresses, most preferred first
   * @throws IllegalArgumentException if the name is taken, or the interface cannot have one of the addresses
   */
  public void attach(String name, DeviceCapabilities capabilities, List<IpPrefix> given) {
    if (now.named(name) != null) {
      throw new IllegalArgumentException("there is an interface " + name);
    }
    adapt(now.with(InterfaceSnapshot.of(name, capabilities, given)));
  }

  /** Removes an interface; its routes stay and are not used. */
  public void detach(String name) {
    if (now.named(name) != null) {
      adapt(now.without(name));
    }
  }

  /** The device of {@code name} has failed for good: removes the interface. */
  public void fail(String name, Throwable cause) {
    change(now.without(name), new InterfaceEvent.Failed(name, cause));
  }

  /**
   * Whether the medium of {@code name} carries packets: at first, and at each change. While it does not, a destination is reached
   * over another interface if a route leads there.
   */
  public void carrying(String name, boolean up) {
    change(now.changed(name, before -> before.carrying(up)),
        up ? new InterfaceEvent.Up(name) : new InterfaceEvent.Down(name));
  }

  /** Takes packets to {@code group} on {@code name} from now on. */
  void join(String name, IpAddress group) {
    adapt(now.adapted(name, before -> before.joined(group)));
  }

  /** Takes packets to {@code group} on {@code name} no more. */
  void leave(String name, IpAddress group) {
    adapt(now.adapted(name, before -> before.left(group)));
  }

  // ---- addresses

  /**
   * Gives the interface {@code name} one more address, the least preferred.
   *
   * @throws IllegalArgumentException if it cannot have the address
   */
  public void addAddress(String name, OwnAddress added) {
    change(now.changed(name, before -> before.with(added)), new InterfaceEvent.AddressAdded(name, added.prefix()));
  }

  /** Takes {@code removed} from the interface {@code name}, if it has it. */
  public void removeAddress(String name, IpAddress removed) {
    InterfaceSnapshot from = now.named(name);
    for (OwnAddress own : from == null ? List.<OwnAddress>of() : from.addresses()) {
      if (own.address().equals(removed)) {
        change(now.changed(name, before -> before.without(removed)),
            new InterfaceEvent.AddressRemoved(name, own.prefix()));
      }
    }
  }

  /** Another station on the link of {@code name}, {@code claimant}, uses {@code own}. */
  public void conflict(String name, IpAddress own, MacAddress claimant) {
    // Nothing has changed here: what a stranger claims costs no look-up.
    InterfaceEvent event = new InterfaceEvent.AddressConflict(name, own, claimant);
    for (Shard shard : shards) {
      shard.loop.execute(() -> shard.subscriber.onConflict(event));
    }
  }

  // ---- routes

  /** Replaces the routes by what {@code change} makes of them. */
  public void routes(UnaryOperator<RoutingTable> change) {
    RoutingTable before = now.routes();
    RoutingTable after = change.apply(before);
    HostSnapshot next = now.with(after);
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

  /**
   * {@code gateway} has begun to fail, or answers again: the routes over it are used only if no other leads to the destination
   * (RFC 1122 section 3.3.1.5).
   */
  void gateway(String name, IpAddress gateway, boolean failed) {
    change(now.changed(name, before -> before.silent(gateway, failed)), failed
        ? new InterfaceEvent.GatewayFailed(name, gateway)
        : new InterfaceEvent.GatewayRestored(name, gateway));
  }

  // ---- paths

  /** One shard has learnt that packets above {@code mtu} bytes do not reach {@code destination}. */
  void pathMtu(String name, IpAddress destination, int mtu) {
    for (Shard shard : shards) {
      shard.loop.execute(() -> shard.subscriber.onPathMtu(name, destination, mtu));
    }
  }

  /** Packets may take other ways from now on: what is known of the old ones' MTUs counts no more. */
  public void forgetPathMtus() {
    for (Shard shard : shards) {
      shard.loop.execute(shard.subscriber::onPathsForgotten);
    }
  }
}
