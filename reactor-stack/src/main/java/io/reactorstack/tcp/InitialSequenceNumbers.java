package io.reactorstack.tcp;

import io.reactorstack.packet.KeyedHash;
import io.reactorstack.wire.FourTuple;
import java.util.random.RandomGenerator;

/**
 * Computes the initial sequence numbers of connections (RFC 6528): a clock with a tick of 4 µs, so that incarnations of
 * one connection do not overlap, plus a keyed hash of the four-tuple, so that an attacker cannot infer one connection's
 * numbers from another's.
 */
final class InitialSequenceNumbers {

  private static final long TICK_NANOS = 4_000;

  private final KeyedHash hash;
  private final KeyedHash timestampHash;

  InitialSequenceNumbers(RandomGenerator random) {
    hash = new KeyedHash(random);
    timestampHash = new KeyedHash(random);
  }

  /** Returns the initial send sequence number (ISS) of a connection that opens at {@code now}, in nanoseconds. */
  int next(FourTuple flow, long now) {
    return (int) (now / TICK_NANOS)
        + hash.of(flow.localAddress(), flow.localPort(), flow.remoteAddress(), flow.remotePort());
  }

  /**
   * Returns the offset of a connection's timestamp clock: secret, but the same for every incarnation of the connection,
   * so that timestamps increase from one to the next (RFC 7323 section 7.1, RFC 6191 section 3).
   */
  int timestampOffset(FourTuple flow) {
    return timestampHash.of(flow.localAddress(), flow.localPort(), flow.remoteAddress(), flow.remotePort());
  }
}
