package io.reactorstack.udp;

import io.reactorstack.packet.IpAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A UDP socket as reactive streams (RFC 768).
 *
 * <p>All methods may be called from any thread; all signals come on the socket's event loop.
 */
public interface UdpConnection {

  /**
   * The datagrams received, in the order of arrival; one subscriber at a time.
   *
   * <p>Completes when the socket is closed, and ends for no other reason: on a connected socket an ICMP error is the next
   * send's. A datagram on which the subscriber throws an {@link OutOfMemoryError} is lost and counted, and the next one comes
   * in its place.
   *
   * <p><b>Backpressure:</b> {@code request(n)} lets n datagrams go up; what is not requested waits in a queue bounded in bytes
   * and datagrams, and what does not fit there is dropped and counted. <b>Buffer ownership:</b> each datagram belongs to the
   * subscriber, who releases it. <b>Threading:</b> emits on the event loop. <b>Cancellation:</b> datagrams wait again for the
   * next subscriber.
   */
  Flux<Datagram> receive();

  /**
   * Sends the datagrams of {@code datagrams}; completes when the last one was queued for the device.
   *
   * <p>On a socket that is not connected a datagram that cannot be sent is lost, counted by reason under {@code udp}, and ends
   * nothing: the others are sent, so that no stranger can end a service such as
   * {@code s.send(s.receive().map(d -> d.reply(d.payload())))}. That is one without a route ({@link
   * java.net.NoRouteToHostException}), to port 0, to the unspecified address or to nobody, or longer than the path's MTU ({@link
   * java.net.SocketException}), from an address that is not this host's ({@link java.net.BindException}), whose buffer was
   * released ({@link io.netty.util.IllegalReferenceCountException}), or for which there is no memory ({@link
   * OutOfMemoryError}). When {@code datagrams} completes, the first such loss is the error of this {@code Mono}. What is lost on
   * the way, because a neighbour does not answer, a device fails or a router drops it, is not an error of a send.
   *
   * <p>These end a send at once: {@link java.nio.channels.ClosedChannelException} if the socket is closed or the stack stopped;
   * the publisher's own error (what it emitted before is sent), also one thrown by a {@code map} between {@link #receive} and
   * this; and on a connected socket, whose datagrams all have one peer, each of the errors named above but the last two, and
   * the one of an ICMP error that an earlier datagram drew, such as {@link java.net.PortUnreachableException}. The socket
   * stays open, and may send again.
   *
   * <p><b>Backpressure:</b> {@code datagrams} is requested as the device takes them, a few ahead. <b>Buffer ownership:</b>
   * datagrams that {@code datagrams} has emitted belong to the stack, also on error and cancellation, and so does the one of a
   * {@code Mono.just}; what another publisher has not emitted stays its own. <b>Threading:</b> {@code datagrams} is subscribed
   * to on the event loop and may signal on any thread; completes on the event loop. <b>Cancellation:</b> cancels {@code datagrams}; what was queued is sent.
   */
  Mono<Void> send(Publisher<? extends Datagram> datagrams);

  /**
   * Joins a multicast group: datagrams to it come up with the others from now on. The link is told (RFC 3376, RFC 3810). Joining
   * twice has no effect; several sources of one group may be joined one after the other.
   *
   * <p>Errs with {@link java.net.SocketException} if there is no such interface, it does not carry the group's version of IP, or
   * there are too many groups or sources, with {@link IllegalStateException} if the group was joined for everybody and is now to
   * be for one source or the other way, and with {@link java.nio.channels.ClosedChannelException} if the socket is closed.
   *
   * <p><b>Backpressure:</b> none needed; what arrives and is not requested waits in the socket's bounded queue, and is dropped
   * beyond it, since nobody can slow down the senders of a group. <b>Buffer ownership:</b> none. <b>Threading:</b> completes on
   * the event loop. <b>Cancellation:</b> does not leave the group.
   */
  Mono<Void> join(MulticastGroup group);

  /**
   * Takes {@link #join} of the same back; leaving what was not joined has no effect. Closing the socket leaves all groups.
   *
   * <p>Errs as {@link #join}. <b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b> completes on the
   * event loop. <b>Cancellation:</b> has no effect.
   */
  Mono<Void> leave(MulticastGroup group);

  /**
   * Takes no more datagrams of {@code source} to a group that was joined for everybody.
   *
   * <p>Errs as {@link #join}, and with {@link IllegalStateException} if the group was not joined for everybody.
   * <b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b> completes on the event loop.
   * <b>Cancellation:</b> has no effect.
   */
  Mono<Void> block(MulticastGroup group, IpAddress source);

  /**
   * Takes {@link #block} back.
   *
   * <p>Errs as {@link #join}, and with {@link IllegalStateException} if {@code source} is not blocked. <b>Backpressure:</b> none
   * needed. <b>Buffer ownership:</b> none. <b>Threading:</b> completes on the event loop. <b>Cancellation:</b> has no effect.
   */
  Mono<Void> unblock(MulticastGroup group, IpAddress source);

  /**
   * Closes the socket: what is queued either way is released.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> completes on the event loop.
   * <b>Cancellation:</b> does not stop the close.
   */
  Mono<Void> close();

  /**
   * Completes when the socket is closed, also for late subscribers.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> completes on the event loop, or
   * at once for a late subscriber. <b>Cancellation:</b> has no effect on the socket.
   */
  Mono<Void> onClose();

  /** This end. */
  InetSocketAddress localAddress();

  /** The peer, if the socket is connected to one. */
  @Nullable
  InetSocketAddress remoteAddress();
}
