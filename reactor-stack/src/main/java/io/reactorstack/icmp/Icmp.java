package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;
import java.net.InetAddress;
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
}
