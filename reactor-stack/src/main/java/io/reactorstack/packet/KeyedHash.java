package io.reactorstack.packet;

import java.util.random.RandomGenerator;

/**
 * A keyed pseudo-random function of the two endpoints of a connection; without this host's secret it cannot be computed
 * (RFC 6528 section 3, RFC 6056 section 3.3.3). The algorithm is SipHash-2-4 of Aumasson and Bernstein.
 *
 * <p>The JDK's MACs are not used because they load their provider from disk on first use, which would block an event
 * loop.
 */
public final class KeyedHash {

  private final long k0;
  private final long k1;

  /**
   * Creates a function whose secret comes from {@code random}, which must be cryptographically secure outside of tests
   * (RFC 4086).
   */
  public KeyedHash(RandomGenerator random) {
    this(random.nextLong(), random.nextLong());
  }

  /** Creates a function with the secret {@code k0}, {@code k1}. */
  public KeyedHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** Returns 32 bits that depend on all arguments. A caller passes 0 for a port that is to have no influence. */
  public int of(IpAddress local, int localPort, IpAddress remote, int remotePort) {
    return (int) of(high(local), low(local), high(remote), low(remote), (long) localPort << 16 | remotePort);
  }

  private static long high(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> 0;
      case Ipv6Address v6 -> v6.high();
    };
  }

  private static long low(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> v4.bits();
      case Ipv6Address v6 -> v6.low();
    };
  }

  /** Returns the 64-bit hash of a message of whole little-endian words. */
  public long of(long... words) {
    State state = new State(k0, k1);
    for (long word : words) {
      state.compress(word);
    }
    // The last block ends with the message's length in bytes.
    state.compress((long) words.length * Long.BYTES << 56);
    return state.finish();
  }

  /** Returns the 64-bit hash of a message of any length. */
  public long of(byte[] message) {
    State state = new State(k0, k1);
    int whole = message.length / Long.BYTES * Long.BYTES;
    for (int i = 0; i < whole; i += Long.BYTES) {
      state.compress(word(message, i, Long.BYTES));
    }
    state.compress((long) message.length << 56 | word(message, whole, message.length - whole));
    return state.finish();
  }

  /** Returns {@code count} octets from {@code offset} as a little-endian number. */
  private static long word(byte[] message, int offset, int count) {
    long word = 0;
    for (int i = count - 1; i >= 0; i--) {
      word = word << 8 | message[offset + i] & 0xff;
    }
    return word;
  }

  private static final class State {

    private long v0;
    private long v1;
    private long v2;
    private long v3;

    State(long k0, long k1) {
      v0 = k0 ^ 0x736f6d6570736575L;
      v1 = k1 ^ 0x646f72616e646f6dL;
      v2 = k0 ^ 0x6c7967656e657261L;
      v3 = k1 ^ 0x7465646279746573L;
    }

    void compress(long block) {
      v3 ^= block;
      round();
      round();
      v0 ^= block;
    }

    long finish() {
      v2 ^= 0xff;
      round();
      round();
      round();
      round();
      return v0 ^ v1 ^ v2 ^ v3;
    }

    private void round() {
      v0 += v1;
      v2 += v3;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 = Long.rotateLeft(v2, 32);
    }
  }
}
