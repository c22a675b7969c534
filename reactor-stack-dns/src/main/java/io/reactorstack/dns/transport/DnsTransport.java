package io.reactorstack.dns.transport;

import io.reactorstack.packet.Endpoint;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The access of a resolver or a forwarder to a host's UDP and TCP. Used on the host's event loop only. */
public interface DnsTransport {

  /**
   * Sends {@code query} in a UDP datagram from its own random port and emits the payload of every datagram that comes
   * back from {@code server}, and from no other address or port (RFC 5452 section 9.1).
   *
   * <p>Fails if the query cannot be sent or the server is reported unreachable. <b>Backpressure:</b> none; the one
   * subscriber takes each payload immediately. <b>Buffer ownership:</b> emits arrays, nothing to release.
   * <b>Threading:</b> the event loop. <b>Cancellation:</b> closes the port.
   */
  Flux<byte[]> overUdp(byte[] query, Endpoint server);

  /**
   * Opens a TCP connection to {@code server}.
   *
   * <p>Fails if the connection cannot be opened. <b>Backpressure:</b> one value. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> the event loop. <b>Cancellation:</b> abandons the attempt; a connection that is emitted belongs to
   * the subscriber.
   */
  Mono<DnsConnection> connect(Endpoint server);
}
