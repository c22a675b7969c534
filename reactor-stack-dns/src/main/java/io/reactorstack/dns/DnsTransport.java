package io.reactorstack.dns;

import io.reactorstack.packet.Endpoint;
import reactor.core.publisher.Flux;

/** How messages travel: all that the resolver needs of a host's UDP and TCP. Used on the event loop only. */
interface DnsTransport {

  /**
   * Sends {@code query} in a UDP datagram from a random port of its own and emits the payload of every datagram that
   * comes back from {@code server}, and from nowhere else.
   *
   * <p>Errs if the query cannot be sent or the server is known to be unreachable. <b>Backpressure:</b> none, one
   * subscriber takes each at once. <b>Buffer ownership:</b> arrays, nothing to release. <b>Threading:</b> the event loop.
   * <b>Cancellation:</b> closes the port.
   */
  Flux<byte[]> overUdp(byte[] query, Endpoint server);

  /**
   * Sends {@code query} over a TCP connection of its own (RFC 7766) and emits the messages that come back.
   *
   * <p>Errs if the connection fails, completes if the server closes it. <b>Backpressure:</b> what is not requested stays in
   * the connection. <b>Buffer ownership:</b> arrays, nothing to release. <b>Threading:</b> the event loop.
   * <b>Cancellation:</b> closes the connection.
   */
  Flux<byte[]> overTcp(byte[] query, Endpoint server);
}
