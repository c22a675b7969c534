package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;
import java.net.InetAddress;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The user's API for ICMP: pings other hosts (RFC 792, RFC 1122 section 3.2.2.6). */
public interface Icmp {

  /**
   * Sends one echo request with {@link PingOptions#DEFAULT} and emits the reply.
   *
   * <p>Fails with {@link java.util.concurrent.TimeoutException} if no reply arrives within a second; with
   * {@link java.net.NoRouteToHostException} if there is no route, the next hop does not answer, or a router reports an
   * error; and with {@link java.io.IOException} if the stack is stopped.
   *
   * <p><b>Backpressure:</b> none needed, at most one reply. <b>Buffer ownership:</b> none. <b>Threading:</b> subscribe
   * on any thread; signals are emitted on the stack's event loop, in a turn of their own. <b>Cancellation:</b> ignores
   * a later reply.
   */
  default Mono<PingReply> ping(IpAddress target) {
    return ping(target, PingOptions.DEFAULT).single();
  }

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
   * Sends {@link PingOptions#count} echo requests one after the other and emits the replies; a probe without a reply
   * leaves a gap in {@link PingReply#sequence}.
   *
   * <p>Fails with {@link java.util.concurrent.TimeoutException} if no probe was answered. Fails immediately with
   * {@link java.net.NoRouteToHostException} if there is no route, the next hop does not answer, or a router reports an
   * error about a probe; with {@link java.net.SocketException} if a probe is longer than the path MTU and must not be fragmented, or too many
   * probes are outstanding; and with {@link java.io.IOException} if the stack is stopped.
   *
   * <p><b>Backpressure:</b> at most one probe is sent ahead of demand. <b>Buffer ownership:</b> none. <b>Threading:</b>
   * subscribe on any thread; signals are emitted on the stack's event loop, in a turn of their own.
   * <b>Cancellation:</b> sends no further probe.
   */
  Flux<PingReply> ping(IpAddress target, PingOptions options);
}
