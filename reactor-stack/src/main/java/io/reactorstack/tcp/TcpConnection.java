package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Capture;
import io.reactorstack.tcp.model.TcpInfo;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A TCP connection as reactive streams (RFC 9293): the subscriber's demand limits how much the peer may send.
 *
 * <p>All methods may be called from any thread; all signals are emitted on the connection's event loop.
 */
public interface TcpConnection {

  /**
   * Returns the bytes that the peer sends, in order; allows one subscriber in the life of the connection.
   *
   * <p>Completes after the peer's FIN, even if a reset follows it; fails with a {@link TcpException} if the connection
   * ends in any other manner. The terminal signal always comes last: bytes received in order before a reset by the
   * peer, a timeout, an ICMP error, a failure of the device, the removal of the local address or an internal error of
   * the stack are emitted first, as they are requested, and then the error. Bytes beyond a gap are lost. Writers,
   * {@link #onClose} and {@link #info} do not wait for the reader; they report the end immediately. Unread bytes are
   * discarded only when the user calls {@link #abort} or {@link #close}, or when the stack stops; in the latter case
   * the bytes that the subscriber has already requested are still emitted.
   *
   * <p>After the end of a connection its unread bytes occupy memory, at most a receive buffer, but no other resource:
   * its ports can be used again. The bytes are kept until the subscriber has received them or cancels, or the
   * connection is closed or aborted. Without a subscriber they are discarded ten minutes after the end, or earlier, the
   * oldest first, when all such connections together hold more than 8 MiB or an eighth of the host's memory limit,
   * whichever is less; a later subscriber receives only the error.
   *
   * <p><b>Backpressure:</b> {@code request(n)} allows the emission of n buffers of at most 64 KiB. Bytes that are not
   * requested remain in the receive buffer, which closes the advertised window and stops the peer. The terminal signal
   * needs no demand. <b>Buffer ownership:</b> each buffer belongs to the subscriber, which releases it.
   * <b>Threading:</b> emits on the connection's event loop. <b>Cancellation:</b> unread and later bytes are
   * acknowledged and discarded; sending continues, and the peer is not reset until the connection is closed. If the
   * output is shut down too ({@link #shutdownOutput}), the connection ends when the peer's FIN arrives, or when the
   * peer has sent nothing for the FIN-WAIT-2 time of the settings.
   */
  Flux<ByteBuf> receive();

  /**
   * Sends the bytes of {@code data}; completes when the stack has accepted all of them. Several sends are processed one
   * after the other, in the order of their subscription.
   *
   * <p>Fails with a {@link TcpException} if the connection has ended or its output is shut down, and with the
   * publisher's own error if {@code data} fails (bytes that it emitted before are sent).
   *
   * <p><b>Backpressure:</b> requests from {@code data} as many buffers as the send buffer is likely to have space for,
   * so a slow peer stops the producer, as does a shortage of host memory. <b>Buffer ownership:</b> buffers that
   * {@code data} has emitted belong to the stack, also on error and cancellation, and so does the buffer of a
   * {@code Mono.just}; buffers that another publisher has not emitted remain its own. <b>Threading:</b> {@code data}
   * may signal on any thread; completes on the event loop. <b>Cancellation:</b> cancels {@code data}; bytes already
   * accepted are sent.
   */
  Mono<Void> send(Publisher<? extends ByteBuf> data);

  /**
   * Sends as {@link #send} does, but completes when the peer's TCP has acknowledged the last byte.
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as {@link #send}.
   */
  Mono<Void> sendAcknowledged(Publisher<? extends ByteBuf> data);

  /**
   * Sends a FIN after all bytes accepted so far; completes when the peer has acknowledged it. Receiving continues.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> completes on the event
   * loop. <b>Cancellation:</b> does not revoke the FIN.
   */
  Mono<Void> shutdownOutput();

  /**
   * Closes the connection: sends a FIN after all bytes accepted so far, or a RST if there is unread input or if data
   * arrives after the close, as RFC 9293 sections 3.10.4 and 3.6.1 demand. Completes when the connection has ended (for
   * the side that closes first, on entering TIME-WAIT). On a connection that has already ended, releases the unread
   * input.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> unread buffers are released. <b>Threading:</b>
   * completes on the event loop. <b>Cancellation:</b> does not stop the close.
   */
  Mono<Void> close();

  /**
   * Ends the connection immediately with a RST. Data that was not acknowledged may be lost. Unread input is released,
   * even if the connection has already ended.
   */
  void abort();

  /**
   * Returns the report of how the connection ended. Emits it at the end of the connection, even if there is unread
   * input, and also to late subscribers; never fails.
   *
   * <p><b>Backpressure:</b> the one report is kept until it is requested. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> emits on the event loop, or to a late subscriber during its subscription. <b>Cancellation:</b>
   * has no effect on the connection.
   */
  Mono<CloseReport> onClose();

  /**
   * Returns the events that do not end the connection, beginning with the subscription: ICMP errors, excessive
   * retransmission, urgent data (RFC 9293 section 3.9.1.8). An application that does not subscribe is not notified
   * (SHLD-20). Completes when the connection is closed; never fails.
   *
   * <p><b>Backpressure:</b> events that occur without demand are dropped for that subscriber. <b>Buffer ownership:</b>
   * no buffers. <b>Threading:</b> emits on the event loop. <b>Cancellation:</b> ends the notification; has no effect on
   * the connection.
   */
  Flux<TcpNotice> notices();

  /**
   * Returns a snapshot of the connection: on its event loop, of the present; on any other thread, of the last loop turn
   * in which the connection was active. If no other thread has called this method for a long time, the snapshot is not
   * kept up to date: the next call may return one as old as the previous call, and makes later calls return fresh ones.
   * The first call on another thread returns one without the numbers of data in flight and of the windows.
   */
  TcpInfo info();

  /**
   * Changes options of the connection: calls {@code change} with them on the event loop, and before this method returns
   * if it is called on that loop. After the stack has stopped, {@code change} is not called. An exception that it
   * throws, such as the {@link IllegalArgumentException} for a value out of range, propagates to a caller on the loop,
   * and is logged otherwise.
   */
  void options(Consumer<? super TcpSocketOptions> change);

  /**
   * Adds all further packets of the connection, as bare IP packets, to {@code capture}; replaces a capture given
   * before. A closed capture ignores them.
   */
  void capture(Capture capture);

  /** The local address and port. */
  InetSocketAddress localAddress();

  /** The peer's address and port. */
  InetSocketAddress remoteAddress();
}
