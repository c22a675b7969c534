package io.reactorstack.udp;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The part of an application's protocol that sends probes and recognizes their acknowledgements (RFC 8899 sections 4.1
 * and 6.1), for {@link UdpConnection#discoverPathMtu}. {@link ProbeChannel} is one for applications whose protocol has
 * no such messages.
 *
 * <pre>{@code
 * PathMtuProber prober = probe -> probe.send(ping(probe.token(), probe.size()))
 *     .then(pongs.filter(token -> token == probe.token()).next().then());
 * }</pre>
 *
 * <p>Here {@code pongs} is a hot {@code Flux}, such as that of a {@code Sinks.many().multicast()}, into which the one
 * subscriber of {@link UdpConnection#receive} puts the tokens of the peer's replies.
 */
@FunctionalInterface
public interface PathMtuProber {

  /**
   * Returns a {@code Mono} that sends the datagram of {@code probe} and completes when the peer has acknowledged it.
   *
   * <p>The acknowledgement must be that of this probe: it should contain the {@linkplain PathMtuProbe#token token}. The
   * {@code Mono} may fail with {@link java.io.IOException} or {@link java.util.concurrent.TimeoutException} if it finds
   * out that the probe is lost; any other error ends the discovery. It needs no timeout of its own: it is cancelled when
   * the discovery does not wait for the probe any more.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b> called and subscribed to on
   * the socket's event loop; may signal on any thread. <b>Cancellation:</b> must end the wait.
   */
  Mono<Void> probe(PathMtuProbe probe);

  /**
   * Returns what the application's protocol finds out about its other datagrams. The default never emits.
   *
   * <p>An error of it ends the discovery. <b>Backpressure:</b> unbounded demand. <b>Buffer ownership:</b> none.
   * <b>Threading:</b> called and subscribed to on the socket's event loop, when the discovery begins; may emit on any
   * thread. <b>Cancellation:</b> cancelled when the discovery ends.
   */
  default Flux<DeliveryEvidence> evidence() {
    return Flux.never();
  }
}
