package io.reactorstack.tcp;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.KeyedHash;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * Chooses the local ports of connections that did not ask for one, by algorithm 3 of RFC 6056 section 3.3.3: a keyed hash
 * of the destination gives the start, a counter walks on from it. An observer of one destination learns nothing about
 * another, and a port comes back as late as possible.
 */
final class EphemeralPorts {

  /** The lowest port given out (RFC 6056 section 3.2: as many as possible). */
  static final int FIRST = 1024;

  /** The highest port given out. */
  static final int LAST = 65_535;

  private static final int COUNT = LAST - FIRST + 1;

  private final KeyedHash hash;
  private int next;

  EphemeralPorts(RandomGenerator random) {
    hash = new KeyedHash(random);
    next = random.nextInt(COUNT);
  }

  /** A port that {@code free} accepts, or 0 if all are taken. */
  int choose(IpAddress local, IpAddress remote, int remotePort, IntPredicate free) {
    int offset = Integer.remainderUnsigned(hash.of(local, 0, remote, remotePort), COUNT);
    for (int tries = 0; tries < COUNT; tries++) {
      int port = FIRST + (next + offset) % COUNT;
      next = (next + 1) % COUNT;
      if (free.test(port)) {
        return port;
      }
    }
    return 0;
  }
}
