package io.reactorstack.nat.engine;

import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.wire.Ipv4Header;
import java.util.random.RandomGenerator;

/**
 * The identifications of datagrams whose source address is translated. Inside hosts that share an outside address may use
 * the same identification at the same time, so it is replaced in each datagram that is a fragment or may become one (RFC
 * 7857 section 10, RFC 6864 section 5.3.1). Packets with DF that are no fragments keep it, because it has no meaning in
 * them.
 *
 * <p>Flows with the same addresses and protocol share a counter.
 */
final class DatagramIds {

  private static final int COUNTERS = 1024;
  private static final int MASK = 0xffff;

  private final KeyedHash hash;
  private final char[] counters = new char[COUNTERS];

  DatagramIds(KeyedHash hash, RandomGenerator random) {
    this.hash = hash;
    for (int i = 0; i < COUNTERS; i++) {
      counters[i] = (char) random.nextInt(MASK + 1);
    }
  }

  /** Returns the identification for a datagram that gets the source address {@code source}, or {@link Plan#KEPT}. */
  int of(Ipv4Header header, Ipv4Address source, Ipv4Address destination) {
    if (header.dontFragment() && !header.isFragment()) {
      return Plan.KEPT;
    }
    int place = hash.of(source, 0, destination, header.protocol()) & COUNTERS - 1;
    return counters[place]++;
  }
}
