package io.reactorstack.dns.transport;

import reactor.core.publisher.Flux;

/**
 * A TCP connection to a DNS server, which carries any number of queries at the same time (RFC 7766 section 6.2.1). Used
 * on the event loop only.
 */
public interface DnsConnection {

  /**
   * Sends {@code message} after those that were sent before, with its length in front (RFC 7766 section 8). An error of
   * the connection ends {@link #messages}.
   */
  void send(byte[] message);

  /**
   * Returns the messages that the server sends, without their lengths.
   *
   * <p>Fails if the connection fails; completes if the server closes it. <b>Backpressure:</b> bytes that are not
   * requested stay in the connection. <b>Buffer ownership:</b> emits arrays, nothing to release. <b>Threading:</b>
   * subscribed to once, on the event loop, and signals there. <b>Cancellation:</b> closes the connection.
   */
  Flux<byte[]> messages();

  /** Closes the connection: sends what {@link #send} was given, then a FIN. Has no effect on a closed connection. */
  void close();
}
