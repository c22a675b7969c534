package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import reactor.core.publisher.Mono;

/**
 * One probe of a path MTU discovery. The datagram that it sends is never fragmented and may be longer than other
 * datagrams of the socket.
 */
public interface PathMtuProbe {

  /** The exact number of octets of data in the datagram. */
  int size();

  /** A random number that identifies the probe, for its acknowledgement. */
  long token();

  /**
   * Returns data for a probe that the peer need not interpret, such as that for an echo service: the token in eight
   * octets, followed by zeros. The caller owns the buffer.
   */
  ByteBuf payload();

  /**
   * Sends {@code payload}, once; completes when it is queued for the device.
   *
   * <p>Fails with {@link IllegalArgumentException} if it has not {@link #size} octets; with {@link
   * IllegalStateException} if the discovery does not wait for the probe any more, or it was already sent; and with {@link
   * java.io.IOException} if it cannot leave this host.
   *
   * <p><b>Backpressure:</b> none needed; a probe does not wait for room in the socket's send queue. <b>Buffer
   * ownership:</b> the stack owns {@code payload} from the subscription on. <b>Threading:</b> subscribe on any thread;
   * completes on the event loop. <b>Cancellation:</b> has no effect.
   */
  Mono<Void> send(ByteBuf payload);

  /**
   * Sends {@link #payload}. As {@link #send(ByteBuf)}, including <b>Backpressure</b>, <b>Buffer ownership</b>,
   * <b>Threading</b> and <b>Cancellation</b>.
   */
  default Mono<Void> send() {
    return Mono.defer(() -> send(payload()));
  }
}
