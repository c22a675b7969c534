package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;
import java.net.InetAddress;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** ICMP for the user of a stack: asks other hosts whether they are there (RFC 792, RFC 1122 section 3.2.2.6). */
public interface Icmp {

  /**
   * Sends one echo request with {@link PingOptions#DEFAULT} and emits the reply.
   *
   * <p>Errs with {@link java.util.concurrent.TimeoutException} if none comes within a second, with
   * {@link java.net.NoRouteToHostException} if there is no route, the next hop does not answer, or a router reports an
   * error, and with {@link java.io.IOException} if the stack is stopped.
   *
   * <p><b>Backpressure:</b> none needed, at most one reply. <b>Buffer ownership:</b> none. <b>Threading:</b> subscribe on any
   * thread; signals come on the stack's event loop, in a turn of their own. <b>Cancellation:</b> forgets the probe.
   */
  default Mono<PingReply> ping(IpAddress target) {
    return ping(target, PingOptions.DEFAULT).single();
  }

  /**
   * As {@link #ping(IpAddress)}.
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as there.
   */
  default Mono<PingReply> ping(InetAddress target) {
    return ping(IpAddress.of(target));
  }

  /**
   * As {@link #ping(IpAddress)}, to the first address that the stack's resolver finds for {@code host}, a name or an IP address in
   * text; errs with {@link java.net.UnknownHostException} if there is none.
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as there.
   *
   * @throws IllegalArgumentException if {@code host} looks like an address and is none
   */
  Mono<PingReply> ping(String host);

  /**
   * Sends {@link PingOptions#count} echo requests one after the other and emits the replies; a probe without a reply leaves
   * a gap in {@link PingReply#sequence}.
   *
   * <p>Errs with {@link java.util.concurrent.TimeoutException} if no probe at all was answered, at once with
   * {@link java.net.NoRouteToHostException} if there is no route, the next hop does not answer, or a router reports an error
   * about a probe, with {@link java.net.SocketException} if a probe is longer than the path's MTU or too many are under way,
   * and with {@link java.io.IOException} if the stack is stopped.
   *
   * <p><b>Backpressure:</b> at most one probe is sent ahead of demand. <b>Buffer ownership:</b> none. <b>Threading:</b> subscribe
   * on any thread; signals come on the stack's event loop, in a turn of their own. <b>Cancellation:</b> sends no further probe.
   */
  Flux<PingReply> ping(IpAddress target, PingOptions options);
}
