package io.reactorstack.spi;

import io.reactorstack.NetworkStack;
import io.reactorstack.host.Hosts;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.setting.Checks;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.udp.UdpSocket;
import java.net.BindException;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;

/**
 * An event loop of a host, for transports that are built on the host.
 *
 * <p>The sockets of a transport belong to one loop: they signal there and are called there, and the transport's timers run there. A
 * transport calls {@link #of} once and keeps the result:
 *
 * <pre>{@code
 * HostLoop loop = HostLoop.of(stack);
 * loop.execute(this::openSockets);                                     // by loop.bind(...)
 * answers.timeout(Duration.ofSeconds(2), loop.scheduler()).subscribe();
 * }</pre>
 *
 * <p>Methods may be called from any thread if they do not say otherwise. Netty's event loop is not among them: what wants its
 * type, such as a bootstrap or a resolver group, gets it from {@link io.reactorstack.netty.StackLoopResources}. A test of a transport
 * may implement this interface; other implementations would miss the methods that are added to it.
 */
public interface HostLoop {

  /** A loop of {@code stack}: the caller's, if the caller is on one of the stack's, otherwise the one that its devices are on. */
  static HostLoop of(NetworkStack stack) {
    return ShardLoop.of(Hosts.of(Checks.given("stack", stack)));
  }

  /**
   * Runs {@code task} on the loop: at once if the caller is on it, otherwise as soon as the loop comes to it.
   *
   * @throws java.util.concurrent.RejectedExecutionException if the loop has ended
   */
  void execute(Runnable task);

  /**
   * The loop as a scheduler, whose timers go by {@link #nanoTime}.
   *
   * <p>It belongs to the host: disposing of it has no effect. When the loop has ended it rejects tasks.
   */
  Scheduler scheduler();

  /** The loop's clock, in nanoseconds from an arbitrary origin; differences of two readings count. */
  long nanoTime();

  /**
   * The host's source of sequence numbers, ports and identifiers. To be used on the loop, if the runs of a seed are to be repeated.
   */
  RandomGenerator random();

  /**
   * The counters of drops of this loop, to which a transport adds what it has refused; its reasons are {@linkplain
   * io.reactorstack.packet.DropReason.Kind#NOTICE notices}, since the frames of what it receives have been consumed before.
   */
  Drops drops();

  /**
   * Opens a UDP socket; on the loop.
   *
   * @param local address and port of this host; the unspecified address takes datagrams to any, port 0 is replaced by one that is drawn
   *     at random (RFC 6056)
   * @param watcher notified, on the loop, of datagrams, room to send, errors and the end
   * @throws BindException if the port is taken, the address is not this host's, or the host is being stopped
   */
  UdpSocket bind(Endpoint local, UdpSettings settings, UdpSocket.Watcher watcher) throws BindException;

  /**
   * The number of TCP connections on this loop, in every state but TIME-WAIT, which a transport may wait for before it leaves
   * the host to itself; on the loop.
   */
  int unfinishedConnections();
}
