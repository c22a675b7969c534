package io.reactorstack.dns.transport;

import io.reactorstack.dns.configuration.HostsTable;
import io.reactorstack.dns.configuration.ResolverOptions;
import io.reactorstack.layer.Drops;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.packet.IpAddress;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * The host on which a resolver runs: a stack, or the kernel. It supplies the event loop, the time, the randomness and
 * the network.
 *
 * <p>Methods may be called from any thread unless their description limits that.
 */
public interface DnsHost {

  /** Runs {@code task} on the event loop: directly if the caller is on it, otherwise as a task queued on the loop. */
  void execute(Runnable task);

  /**
   * Returns whether the caller is on the event loop, or on another one that the host's network needs: waiting there for
   * an answer could last forever.
   */
  boolean isOnLoop();

  /** The event loop as a scheduler; its timers use the clock of {@link #nanoTime}. */
  Scheduler scheduler();

  /**
   * The loop's clock, in nanoseconds from an arbitrary origin; only differences between two readings are meaningful.
   */
  long nanoTime();

  /**
   * The source of message IDs and of the letter case of names; unpredictable except where a test or a lab sets a seed
   * (RFC 5452 section 9.2). To be used on the loop.
   */
  RandomGenerator random();

  /** The counters of ignored messages. */
  Drops drops();

  /** The servers and search domains that the host has learnt from its networks. */
  DnsConfiguration learned();

  /** The options of the host's own stub resolver, or {@code null} if it has none. */
  default @Nullable ResolverOptions options() {
    return null;
  }

  /** The names that the host resolves without a query. */
  default HostsTable hosts() {
    return HostsTable.EMPTY;
  }

  /**
   * Returns {@code addresses} in the order in which to try them (RFC 6724 section 6). To be called on the loop.
   */
  List<IpAddress> sorted(List<IpAddress> addresses);

  /**
   * Returns whether the host has an address of the IP version that is valid beyond its link, on an interface other than
   * the loopback.
   *
   * @param v4 true for IPv4, false for IPv6
   */
  boolean hasAddress(boolean v4);

  /** The host's UDP and TCP. */
  DnsTransport transport();
}
