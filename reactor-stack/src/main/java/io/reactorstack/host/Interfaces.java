package io.reactorstack.host;

import io.reactorstack.device.LoopbackDevice;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.ip.host.InterfaceAddresses;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.packet.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The interfaces whose devices are on one shard's loop. Confined to it. */
final class Interfaces {

  private static final Logger LOG = Loggers.getLogger(Interfaces.class);

  private final StackShard shard;
  private final AddressConflicts conflicts;
  private final List<Link> links = new ArrayList<>();
  private final Renumbering renumbering;

  /** No interfaces yet, not even the loopback. */
  Interfaces(StackShard shard) {
    this.shard = shard;
    this.conflicts = new AddressConflicts(shard.ip());
    this.renumbering = new Renumbering(shard, links);
  }

  /** Adds the interface by which the host talks to itself. */
  void attachLoopback() {
    attach(
        NetworkInterface.LOOPBACK,
        new LoopbackDevice(shard.turn(), NetworkInterface.LOOPBACK_MTU),
        InterfaceAddresses.OF_LOOPBACK);
  }

  /** Adds an interface over {@code device}, which belongs to the host from now on, also if that fails. */
  void attach(String name, NetworkDevice device, List<IpPrefix> addresses) {
    try {
      links.add(Link.attach(shard, conflicts, name, device, addresses));
    } catch (Throwable t) {
      device.dispose();
      throw t;
    }
    for (IpPrefix own : addresses) {
      shard.ip().routes(routes -> routes.with(Route.onLink(own, name)));
    }
  }

  /** Changes addresses and routes. */
  Renumbering renumbering() {
    return renumbering;
  }

  /** Closes the interfaces and disposes of their devices. */
  void close() {
    for (Link link : links) {
      try {
        link.close();
      } catch (Throwable t) {
        LOG.error("an interface could not be closed", t);
      }
    }
  }
}
