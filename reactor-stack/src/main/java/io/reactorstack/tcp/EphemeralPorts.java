package io.reactorstack.tcp;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.packet.PortRange;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * Chooses the local ports of connections whose user has not set one, by algorithm 3 of RFC 6056 section 3.3.3: a keyed
 * hash of the destination determines the start, and a counter advances from it. An observer at one destination learns
 * nothing about another, and a port is reused as late as possible.
 */
final class EphemeralPorts {

  private final KeyedHash hash;
  private PortRange range = PortRange.DEFAULT;
  private int next;

  EphemeralPorts(RandomGenerator random) {
    hash = new KeyedHash(random);
    next = random.nextInt(range.count());
  }

  /** Sets the range of ports to choose from. */
  void range(PortRange changed) {
    range = changed;
  }

  /** Returns a port that {@code free} accepts, or 0 if it accepts none. */
  int choose(IpAddress local, IpAddress remote, int remotePort, IntPredicate free) {
    int count = range.count();
    int offset = Integer.remainderUnsigned(hash.of(local, 0, remote, remotePort), count);
    for (int tries = 0; tries < count; tries++) {
      int port = range.first() + (next + offset) % count;
      next = (next + 1) % count;
      if (free.test(port)) {
        return port;
      }
    }
    return 0;
  }
}
