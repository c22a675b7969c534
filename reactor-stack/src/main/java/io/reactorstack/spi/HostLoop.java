package io.reactorstack.spi;

import io.reactorstack.NetworkStack;
import io.reactorstack.host.Hosts;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.udp.UdpSocket;
import java.net.BindException;
import java.util.List;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;

/**
 * The view of one of a host's event loops for transports that are built on the host.
 *
 * <p>The sockets of a transport belong to one loop: they signal on it and must be called on it, and the transport's
 * timers run on it. A transport calls {@link #of} once and keeps the result:
 *
 * <pre>{@code
 * HostLoop loop = HostLoop.of(stack);
 * loop.execute(this::openSockets);                                     // by loop.bind(...)
 * answers.timeout(Duration.ofSeconds(2), loop.scheduler()).subscribe();
 * }</pre>
 *
 * <p>Methods may be called from any thread unless their description limits that. No method returns Netty's event loop;
 * code that needs it, such as a bootstrap or a resolver group, gets it from {@link
 * io.reactorstack.netty.StackLoopResources}. A test of a transport may implement this interface; other implementations
 * break when methods are added to it.
 */
public interface HostLoop {

  /**
   * Returns the loop of {@code stack} that the caller is on, or the loop of its devices if the caller is on none of
   * them.
   */
  static HostLoop of(NetworkStack stack) {
    return ShardLoop.of(Hosts.of(Checks.given("stack", stack)));
  }

  /**
   * Runs {@code task} on the loop: directly if the caller is on it, otherwise as a task queued on the loop.
   *
   * @throws java.util.concurrent.RejectedExecutionException if the loop has ended
   */
  void execute(Runnable task);

  /** Returns whether the caller is on a loop of the host, where waiting for this loop could last forever. */
  boolean isOnHost();

  /**
   * The loop as a scheduler; its timers use the clock of {@link #nanoTime}.
   *
   * <p>It belongs to the host: disposing of it has no effect. It rejects tasks after the loop has ended.
   */
  Scheduler scheduler();

  /**
   * The loop's clock, in nanoseconds from an arbitrary origin; only differences between two readings are meaningful.
   */
  long nanoTime();

  /**
   * The host's source of sequence numbers, ports and identifiers. Use it on the loop only, so that a run can be
   * repeated by its seed.
   */
  RandomGenerator random();

  /**
   * The counters of drops of this loop, on which a transport counts the units that it refuses; the transport's own
   * reasons must be {@linkplain io.reactorstack.packet.DropReason.Kind#NOTICE notices}, since the frames of the units
   * that it receives have already been counted as consumed.
   */
  Drops drops();

  /**
   * Opens a UDP socket. To be called on the loop.
   *
   * @param local address and port of this host; the unspecified address receives datagrams to any address of the host,
   *     port 0 is replaced by a random ephemeral port (RFC 6056)
   * @param watcher notified, on the loop, of datagrams, space in the send queue, errors and the end
   * @throws BindException if the port is taken, the address is not this host's, or the host is being stopped
   */
  UdpSocket bind(Endpoint local, UdpSettings settings, UdpSocket.Watcher watcher) throws BindException;

  /**
   * The number of TCP connections on this loop in every state but TIME-WAIT; a transport may wait for zero before it
   * shuts down. To be called on the loop.
   */
  int unfinishedConnections();

  /**
   * Returns {@code addresses} in the order in which to try them (RFC 6724 section 6); see {@link NetworkStack#sorted}.
   * Link-local addresses get the zones, with their indexes, in which the host reaches them.
   * To be called on the loop.
   */
  List<IpAddress> sorted(List<IpAddress> addresses);

  /**
   * Returns whether the host has an address of the IP version that is valid beyond its link, on an interface other than
   * the loopback. A transport need not look for peers of a version without one. To be called on the loop.
   *
   * @param v4 true for IPv4, false for IPv6
   */
  boolean hasAddress(boolean v4);
}
