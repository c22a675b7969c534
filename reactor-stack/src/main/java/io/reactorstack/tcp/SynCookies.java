package io.reactorstack.tcp;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.wire.FourTuple;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and checks SYN cookies: initial sequence numbers that contain the necessary facts of a SYN, so that a
 * listener keeps no state for it (RFC 4987 section 3.6). A cookie is a class of MSS in three bits, and 29 bits of a
 * keyed hash over the four-tuple, the peer's initial sequence number and that class.
 *
 * <p>A new key is drawn every {@link #EPOCH_NANOS}, and only the current and the previous key are accepted, so the key
 * takes the place of a timestamp in the cookie. A random guess is accepted with a probability of 2<sup>-28</sup>.
 */
final class SynCookies {

  /** The time for which a key is used to encode, in nanoseconds. */
  static final long EPOCH_NANOS = TimeUnit.SECONDS.toNanos(64);

  /** The result of {@link #decode} for a number that is not a valid cookie. */
  static final int INVALID = -1;

  private static final int HASH_BITS = 29;
  private static final int HASH_MASK = (1 << HASH_BITS) - 1;

  private final RandomGenerator random;
  private long epoch = Long.MIN_VALUE;
  private @Nullable KeyedHash current;
  private @Nullable KeyedHash previous;

  SynCookies(RandomGenerator random) {
    this.random = random;
  }

  /**
   * Returns the cookie for a SYN from the peer of {@code flow} with initial sequence number {@code irs};
   * {@code mssClass} is 0 to 7.
   */
  int encode(FourTuple flow, int irs, int mssClass, long now) {
    return mssClass << HASH_BITS | hash(key(now), flow, irs, mssClass);
  }

  /**
   * Returns the class of MSS in {@code cookie}, or {@link #INVALID} if it is too old or was not issued by this host.
   */
  int decode(FourTuple flow, int irs, int cookie, long now) {
    KeyedHash key = key(now);
    int mssClass = cookie >>> HASH_BITS;
    int hash = cookie & HASH_MASK;
    boolean valid = hash == hash(key, flow, irs, mssClass)
        || previous != null && hash == hash(previous, flow, irs, mssClass);
    return valid ? mssClass : INVALID;
  }

  private KeyedHash key(long now) {
    long e = Math.floorDiv(now, EPOCH_NANOS);
    KeyedHash key = current;
    if (key == null || e != epoch) {
      previous = e == epoch + 1 ? key : null;
      key = new KeyedHash(random);
      current = key;
      epoch = e;
    }
    return key;
  }

  private static int hash(KeyedHash key, FourTuple flow, int irs, int mssClass) {
    long ports = (long) flow.localPort() << 16 | flow.remotePort();
    IpAddress local = flow.localAddress();
    IpAddress remote = flow.remoteAddress();
    return (int) key.of(high(local), low(local), high(remote), low(remote), ports << 32 | irs & 0xffff_ffffL, mssClass)
        & HASH_MASK;
  }

  private static long high(IpAddress address) {
    return address instanceof Ipv6Address v6 ? v6.high() : 0;
  }

  private static long low(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> v4.bits();
      case Ipv6Address v6 -> v6.low();
    };
  }
}
