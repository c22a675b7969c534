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
 * A TCP connection as reactive streams (RFC 9293): what a subscriber requests is what the peer may send.
 *
 * <p>All methods may be called from any thread; all signals come on the connection's event loop.
 */
public interface TcpConnection {

  /**
   * The bytes of the peer, in order, each once; one subscriber in the connection's life.
   *
   * <p>Completes after the peer's FIN, also if a reset follows it; fails with a {@link TcpException} if the connection ends in
   * any other way. Whatever ends the connection, the end comes last: bytes that were received in order before a reset by the
   * peer, a time-out, an ICMP error, the failure of the device, the removal of the local address or a defect of the stack are
   * emitted first, as they are requested, and then the error. Bytes beyond a gap are lost. Writers, {@link #onClose} and {@link
   * #info} do not wait for the reader: they show the end at once. Two ends throw unread bytes away: {@link #abort} and {@link
   * #close} by the user; and the end of the stack, before which a subscriber gets what it has requested by then.
   *
   * <p>The unread bytes of a connection that has ended hold memory, at most a receive buffer, and nothing else: its ports can be
   * used again. They stay until the subscriber has got or cancelled them, or the connection is closed or aborted. Where nobody
   * has subscribed they are thrown away ten minutes after the end, or when such connections hold more than 8 MiB or an eighth of
   * the host's memory limit together, the oldest first; a subscriber that comes later gets the error alone.
   *
   * <p><b>Backpressure:</b> {@code request(n)} lets n buffers of at most 64 KiB go up; what is not requested stays in the
   * receive buffer, closes the advertised window and stops the peer. The end needs no demand. <b>Buffer ownership:</b> each
   * buffer belongs to the subscriber, who releases it. <b>Threading:</b> emits on the connection's event loop.
   * <b>Cancellation:</b> nobody reads any more: unread and later bytes are acknowledged and thrown away; sending goes on, and
   * the peer is not reset until the connection is closed. With the output shut down too ({@link #shutdownOutput}), the
   * connection ends when the peer's FIN has come, or when the peer has sent nothing for the time that the settings give to
   * FIN-WAIT-2.
   */
  Flux<ByteBuf> receive();

  /**
   * Sends the bytes of {@code data}; completes when the stack has accepted them all. Several sends go out one after the
   * other in the order of their subscription.
   *
   * <p>Errs with a {@link TcpException} if the connection ended or its output is shut down, and with the publisher's own
   * error if it fails (what it emitted before is sent).
   *
   * <p><b>Backpressure:</b> {@code data} is requested by free bytes in the send buffer, so a slow peer stops the producer,
   * as does a host that is short of memory.
   * <b>Buffer ownership:</b> buffers that {@code data} has emitted belong to the stack, also on error and cancellation, and
   * so does the one of a {@code Mono.just}; what another publisher has not emitted stays its own. <b>Threading:</b> {@code data}
   * may signal on any thread; completes on the event loop. <b>Cancellation:</b> cancels {@code data}; what was accepted is
   * sent.
   */
  Mono<Void> send(Publisher<? extends ByteBuf> data);

  /**
   * As {@link #send}, but completes when the peer's TCP has acknowledged the last byte.
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as {@link #send}.
   */
  Mono<Void> sendAcknowledged(Publisher<? extends ByteBuf> data);

  /**
   * Sends FIN after everything accepted so far; completes when the peer acknowledged it. Receiving goes on.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> completes on the event loop.
   * <b>Cancellation:</b> does not take the FIN back.
   */
  Mono<Void> shutdownOutput();

  /**
   * Closes in order: FIN after everything accepted so far. Unread input makes it a RST, and so does data that comes after the
   * close, as RFC 9293 sections 3.10.4 and 3.6.1 demand. Completes when the connection has ended (for the side that closes
   * first, on entering TIME-WAIT); of one that has ended already it releases what was not read.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> unread buffers are released. <b>Threading:</b> completes on
   * the event loop. <b>Cancellation:</b> does not stop the close.
   */
  Mono<Void> close();

  /**
   * Ends the connection at once with RST; what was not yet acknowledged may be lost, and unread input is released, also if the
   * connection has ended already.
   */
  void abort();

  /**
   * How the connection ended; emits once it has, be everything read or not, also to late subscribers; never fails.
   *
   * <p><b>Backpressure:</b> the one report is kept until it is requested. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> emits on the event loop, or at once to a late subscriber. <b>Cancellation:</b> has no effect on the
   * connection.
   */
  Mono<CloseReport> onClose();

  /**
   * Events that do not end the connection, from the subscription on: ICMP errors, excessive retransmission,
   * urgent data (RFC 9293 section 3.9.1.8). Who does not subscribe is not told (SHLD-20). Completes when the connection is
   * closed; never errs.
   *
   * <p><b>Backpressure:</b> what a subscriber has not requested when it happens is not kept for it. <b>Buffer ownership:</b> no
   * buffers. <b>Threading:</b> emits on the event loop. <b>Cancellation:</b> ends the telling.
   */
  Flux<TcpNotice> notices();

  /**
   * How the connection stands: on its event loop, now; on any other thread, as of the last loop turn in which something
   * happened. A connection nobody has asked for long does not keep this up to date: the first answer may then be as old as
   * the question before, and starts the updates.
   */
  TcpInfo info();

  /**
   * Changes options of the connection: {@code change} is called with them on its event loop, at once if this is called there.
   * After the end of the stack it is not called. What it throws, such as the {@link IllegalArgumentException} of a value out of
   * range, reaches the caller on the loop, and the log elsewhere.
   */
  void options(Consumer<? super TcpSocketOptions> change);

  /**
   * Adds the connection's packets, as bare IP packets, to {@code capture} from now on until its end, and no longer to one that
   * was given before. A closed capture leaves them out.
   */
  void capture(Capture capture);

  /** This end. */
  InetSocketAddress localAddress();

  /** The peer's end. */
  InetSocketAddress remoteAddress();
}
