package io.reactorstack.dhcp.engine;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpOptions;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A lease with its times.
 *
 * @param lease the lease
 * @param renewAt the time T1, at which the client asks the server to extend the lease
 * @param rebindAt the time T2, at which it asks any server
 * @param expiresAt the end of the lease; all three are {@link #NEVER} for a lease without end
 */
record HeldLease(DhcpLease lease, long renewAt, long rebindAt, long expiresAt) {

  /** A time that is never reached. */
  static final long NEVER = Long.MAX_VALUE;

  /** T1 and T2 differ from their values by at most the 40th part. */
  private static final int FUZZ_PART = 40;
  private static final long ENDLESS = DhcpLease.UNLIMITED.toSeconds();

  /**
   * Returns the lease of the message {@code ack}; {@code null} if the address cannot be that of a host, or the duration
   * is missing or zero.
   *
   * @param server the server if the message names none
   * @param requestedAt the time at which the request was sent: the lease begins then (RFC 2131 section 4.4.1)
   * @param random varies T1 and T2
   */
  static @Nullable HeldLease of(DhcpMessage ack, Ipv4Address server, long requestedAt, RandomGenerator random) {
    DhcpOptions options = ack.options();
    long seconds = options.number(DhcpOptions.LEASE_TIME, 4);
    IpPrefix address = address(ack.addresses().yiaddr(), options);
    if (seconds <= 0 || address == null) {
      return null;
    }
    Ipv4Address named = ack.server();
    DhcpLease lease = new DhcpLease(address, named == null ? server : named, Duration.ofSeconds(seconds), options);
    if (seconds == ENDLESS) {
      return new HeldLease(lease, NEVER, NEVER, NEVER);
    }
    long end = SECONDS.toNanos(seconds);
    long t1 = seconds(options.number(DhcpOptions.RENEWAL_TIME, 4), end / 2);
    long t2 = seconds(options.number(DhcpOptions.REBINDING_TIME, 4), end - end / 8);
    // RFC 2131 4.4.5: T1 is earlier than T2, and T2 is earlier than the end of the lease.
    if (t1 >= t2 || t2 >= end) {
      t1 = end / 2;
      t2 = end - end / 8;
    }
    long renew = around(t1, random);
    long rebind = around(t2, random);
    boolean ordered = renew < rebind && rebind < end;
    return new HeldLease(lease, later(requestedAt, ordered ? renew : t1), later(requestedAt, ordered ? rebind : t2),
        later(requestedAt, end));
  }

  private static long seconds(long given, long missing) {
    return given < 0 ? missing : SECONDS.toNanos(given);
  }

  private static long around(long nanos, RandomGenerator random) {
    long most = nanos / FUZZ_PART;
    return nanos + random.nextLong(-most, most + 1);
  }

  private static long later(long now, long nanos) {
    long at = now + nanos;
    return at < now ? NEVER : at;
  }

  /** Returns the address with its prefix length, or {@code null} if it cannot be that of a host. */
  private static @Nullable IpPrefix address(Ipv4Address given, DhcpOptions options) {
    int mask = options.prefixLength();
    IpPrefix address = new IpPrefix(given, mask > 0 ? mask : naturalLength(given));
    boolean isNetwork = address.length() < 31 && (given.bits() & ~Ipv4Address.mask(address.length())) == 0;
    return isHost(given) && !given.isLinkLocal() && !isNetwork && !address.isDirectedBroadcast(given) ? address : null;
  }

  /** Returns the prefix length of the address's class, for servers that send no mask. */
  private static int naturalLength(Ipv4Address address) {
    int first = address.bits() >>> 24;
    return first < 128 ? 8 : first < 192 ? 16 : 24;
  }

  /** Returns whether {@code address} may be that of a host on a link. */
  static boolean isHost(Ipv4Address address) {
    int first = address.bits() >>> 24;
    return first != 0 && first < 224 && !address.isLoopback();
  }

  Ipv4Address address() {
    return (Ipv4Address) lease.address().address();
  }
}
