package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtuSettings;
import java.net.InetAddress;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The user's API for ICMP: pings other hosts and traces the path to them (RFC 792, RFC 1122 section 3.2.2.6). */
public interface Icmp {

  /**
   * Sends one echo request with {@link PingOptions#DEFAULT} and emits the reply.
   *
   * <p>Fails with {@link java.util.concurrent.TimeoutException} if no reply arrives within a second; with
   * {@link java.net.NoRouteToHostException} if there is no route, the next hop does not answer, or a router reports an
   * error; its cause is then a {@link DeliveryException}; and with {@link java.io.IOException} if the stack is stopped.
   *
   * <p><b>Backpressure:</b> none needed, at most one reply. <b>Buffer ownership:</b> none. <b>Threading:</b> subscribe
   * on any thread; signals are emitted on the stack's event loop, in a turn of their own. <b>Cancellation:</b> ignores
   * a later reply.
   */
  Mono<PingReply> ping(IpAddress target);

  /**
   * As {@link #ping(IpAddress)}, including <b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b> and
   * <b>Cancellation</b>.
   */
  default Mono<PingReply> ping(InetAddress target) {
    return ping(IpAddress.of(target));
  }

  /**
   * As {@link #ping(IpAddress)}, including <b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b> and
   * <b>Cancellation</b>, to the first address that the stack's resolver returns for {@code host}, a name or an IP
   * address in text. Also fails with {@link java.net.UnknownHostException} if the name is not found.
   *
   * @throws IllegalArgumentException if {@code host} looks like an address but is not valid
   */
  Mono<PingReply> ping(String host);

  /**
   * Sends {@link PingOptions#count} echo requests at their interval and emits the result of each when it is known: a
   * {@link PingReply}, {@link PingResult.Failed} or {@link PingResult.TimedOut}. Results may overtake each other. A
   * further reply to a probe is emitted as a {@linkplain PingReply#duplicate duplicate} until the timeout of the probe,
   * if there is demand for it.
   *
   * <p>Completes when each probe has a result. Fails with {@link java.net.SocketException} if too many probes are
   * outstanding or wait for the device, and with {@link java.io.IOException} if the stack is stopped or has no memory.
   *
   * <p><b>Backpressure:</b> a probe is sent only if there is demand for its result: a slow subscriber delays the probes.
   * <b>Buffer ownership:</b> none. <b>Threading:</b> subscribe on any thread; signals are emitted on the stack's event
   * loop, in a turn of their own. <b>Cancellation:</b> sends no further probe.
   */
  Flux<PingResult> ping(IpAddress target, PingOptions options);

  /**
   * Traces the path to {@code target}: sends probes with growing hop limits, and emits the answers of each hop, the
   * nearest first. Routers are given by their addresses. With {@link TraceOptions#discoverMtu} it also finds the path
   * MTU, and the routers that limit it.
   *
   * <p>Completes with the hop on which the target, or a report that it is unreachable, was found, or with hop
   * {@link TraceOptions.Hops#last}. Fails with {@link java.net.NoRouteToHostException} if there is no route, with
   * {@link java.net.SocketException} if too many probes wait for the device or no port is free, and with
   * {@link java.io.IOException} if the stack is stopped or has no memory.
   *
   * <p><b>Backpressure:</b> a hop is probed only if there is demand for it. <b>Buffer ownership:</b> none.
   * <b>Threading:</b> subscribe on any thread; signals are emitted on the stack's event loop, in a turn of their own.
   * <b>Cancellation:</b> sends no further probe.
   */
  Flux<Hop> trace(IpAddress target, TraceOptions options);

  /**
   * Measures the path MTU to {@code target} by echo requests that must not be fragmented, of different sizes (RFC 8899):
   * also where routers drop long packets without a report. Emits the result when the search is complete.
   *
   * <p>{@link PathMtu#maximumPayload} is that of a UDP datagram too, whose header is as long as that of an echo request.
   * A report of a router lowers the path MTU that the host uses, as with any ping; the result itself does not change it.
   *
   * <p>Fails with {@link java.util.concurrent.TimeoutException} if not even the smallest probe is answered; with
   * {@link java.net.NoRouteToHostException} if there is no route, the next hop does not answer, or a router reports that
   * the target is unreachable; with {@link java.net.SocketException} if {@code target} is not one host or too many probes
   * are outstanding; and with {@link java.io.IOException} if the stack is stopped.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b> subscribe on any thread; emits
   * on the stack's event loop. <b>Cancellation:</b> sends no further probe.
   *
   * @param settings the sizes, the number of probes of each size and PROBE_TIMER; the other timers have no effect
   */
  Mono<PathMtu> pathMtu(IpAddress target, PathMtuSettings settings);

  /**
   * As {@link #pathMtu(IpAddress, PathMtuSettings)} with {@link PathMtuSettings#DEFAULT} and a PROBE_TIMER of one second,
   * including <b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b> and <b>Cancellation</b>. Takes up to about
   * 20 seconds on a path that drops long packets without a report.
   */
  default Mono<PathMtu> pathMtu(IpAddress target) {
    return pathMtu(target, PathMtuSettings.DEFAULT.withProbeTimer(Duration.ofSeconds(1)));
  }
}
