package io.reactorstack.dns.upstream;

import io.reactorstack.packet.Endpoint;
import reactor.core.publisher.Flux;

/** The access of the resolver and the forwarder to a host's UDP and TCP. Used on the event loop only. */
public interface DnsTransport {

  /**
   * Sends {@code query} in a UDP datagram from its own random port and emits the payload of every datagram that comes
   * back from {@code server}, and from no other address or port.
   *
   * <p>Fails if the query cannot be sent or the server is reported unreachable. <b>Backpressure:</b> none; the one
   * subscriber takes each payload immediately. <b>Buffer ownership:</b> emits arrays, nothing to release.
   * <b>Threading:</b> the event loop. <b>Cancellation:</b> closes the port.
   */
  Flux<byte[]> overUdp(byte[] query, Endpoint server);

  /**
   * Sends {@code query} over its own TCP connection (RFC 7766) and emits the messages that come back.
   *
   * <p>Fails if the connection fails, completes if the server closes it. <b>Backpressure:</b> bytes that are not
   * requested stay in the connection. <b>Buffer ownership:</b> emits arrays, nothing to release. <b>Threading:</b> the
   * event loop. <b>Cancellation:</b> closes the connection.
   */
  Flux<byte[]> overTcp(byte[] query, Endpoint server);
}
