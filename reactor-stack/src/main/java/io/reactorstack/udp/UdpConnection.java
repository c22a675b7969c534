package io.reactorstack.udp;

import io.reactorstack.icmp.IcmpError;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtuSettings;
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
   * Returns the received datagrams, in order of arrival; one subscriber at a time. Each has the DSCP and ECN bits, the hop
   * limit and the IPv4 options with which it arrived.
   *
   * <p>Completes when the socket is closed, and never fails because of the network: on a connected socket an ICMP error
   * fails the next send. A datagram on which the subscriber throws an {@link OutOfMemoryError} is lost and counted, and
   * the next one is emitted in its place.
   *
   * <p><b>Backpressure:</b> {@code request(n)} emits up to n datagrams; the others wait in a queue bounded in bytes and
   * datagrams, and those that do not fit are dropped and counted. <b>Buffer ownership:</b> the subscriber owns each
   * datagram and must release it. <b>Threading:</b> emits on the event loop. <b>Cancellation:</b> later datagrams wait
   * in the queue for the next subscriber.
   */
  Flux<Datagram> receive();

  /**
   * Sends the datagrams of {@code datagrams}; completes when the last one is queued for the device.
   *
   * <p>On a socket that is not connected, a datagram that cannot be sent is dropped and counted by its {@link UdpDrop}
   * reason, and the others are sent. So no stranger can end a service such as
   * {@code s.send(s.receive().map(d -> d.reply(d.payload())))}. When {@code datagrams} completes, the first such error
   * fails this {@code Mono}:
   *
   * <ul>
   * <li>{@link java.net.NoRouteToHostException}: there is no route to the destination;
   * <li>{@link java.net.SocketException}: the datagram goes to port 0, to the unspecified address or to no destination,
   * or it is longer than the path MTU;
   * <li>{@link java.net.BindException}: the source address is not this host's;
   * <li>{@link io.netty.util.IllegalReferenceCountException}: the buffer was already released;
   * <li>{@link OutOfMemoryError}: there is no memory for the datagram.
   * </ul>
   *
   * <p>A datagram that is lost after it was queued, because its route is gone, a neighbour does not answer, a device fails
   * or a router drops it, does not fail this send. On a connected socket such a loss fails a later send, if it is noticed.
   *
   * <p>The following errors end a send immediately: {@link java.nio.channels.ClosedChannelException} if the socket is
   * closed or the stack stopped; an error of {@code datagrams} (datagrams emitted before it are sent), including one
   * thrown by a {@code map} between {@link #receive} and this; and on a connected socket, whose datagrams all go to one
   * peer, each of the errors above but the last two, and an error about an earlier datagram, from an ICMP
   * error such as {@link java.net.PortUnreachableException} or because it could not leave this host; its cause is a {@link io.reactorstack.icmp.DeliveryException} with the error as a
   * value. The socket remains open and may send again.
   *
   * <p><b>Backpressure:</b> {@code datagrams} is requested as the device takes them, a few ahead. <b>Buffer
   * ownership:</b> the stack owns the datagrams that {@code datagrams} has emitted, also on error and cancellation, and
   * that of a {@code Mono.just}; any other publisher owns what it has not emitted. <b>Threading:</b> {@code datagrams}
   * is subscribed to on the event loop and may signal on any thread; completes on the event loop. <b>Cancellation:</b>
   * cancels {@code datagrams}; queued datagrams are sent.
   */
  Mono<Void> send(Publisher<? extends Datagram> datagrams);

  /**
   * Discovers the path MTU to the peer by probes (RFC 8899), also where routers drop long packets without a report.
   *
   * <p>{@code prober} sends each probe and recognizes its acknowledgement. As long as the discovery runs, it replaces the
   * path MTU that the host has learnt from ICMP: datagrams to the peer are never fragmented, and those that are longer
   * than {@link PathMtu#maximumPayload} are refused with "Message too long", whatever {@link LongDatagrams} says. ICMP
   * reports of routers have an effect only if they quote a datagram that was sent.
   *
   * <p>Emits each change, and completes when the socket is closed. Fails with {@link IllegalStateException} if the socket
   * is not connected to one host or a discovery runs on it already, with {@link java.net.NoRouteToHostException} if there is
   * no route, with {@link java.nio.channels.ClosedChannelException} if the socket is closed, and with the errors of
   * {@code prober} that {@link PathMtuProber} names.
   *
   * <p><b>Backpressure:</b> without demand only the newest change is kept. <b>Buffer ownership:</b> none.
   * <b>Threading:</b> subscribe on any thread; emits on the event loop. <b>Cancellation:</b> ends the discovery, also
   * the wait for acknowledgements.
   */
  Flux<PathMtu> discoverPathMtu(PathMtuProber prober, PathMtuSettings settings);

  /**
   * As {@link #discoverPathMtu(PathMtuProber, PathMtuSettings)} with {@link PathMtuSettings#DEFAULT}, including
   * <b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b> and <b>Cancellation</b>.
   */
  default Flux<PathMtu> discoverPathMtu(PathMtuProber prober) {
    return discoverPathMtu(prober, PathMtuSettings.DEFAULT);
  }

  /**
   * Emits the number of octets of data in the largest datagram to the peer that needs no fragments at present (RFC 1122
   * section 3.3.3, RFC 8899 section 4.4).
   *
   * <p>Fails with {@link IllegalStateException} if the socket is not connected, with {@link
   * java.net.NoRouteToHostException} if there is no route, and with {@link java.nio.channels.ClosedChannelException} if
   * the socket is closed. <b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b> emits on
   * the event loop. <b>Cancellation:</b> has no effect.
   */
  Mono<Integer> maximumPayload();

  /**
   * Joins a multicast group: {@link #receive} also emits datagrams to the group, and the host reports the membership to
   * the routers of the link (RFC 3376, RFC 3810). Joining twice has no effect; several sources of one group may be
   * joined one after the other.
   *
   * <p>Fails with {@link java.net.SocketException} if the interface does not exist or does not carry the group's
   * version of IP, or there are too many groups or sources; with {@link IllegalStateException} if the group was joined
   * for all sources and {@code group} names one, or vice versa; and with
   * {@link java.nio.channels.ClosedChannelException} if the socket is closed.
   *
   * <p><b>Backpressure:</b> none needed; datagrams that arrive without demand wait in the socket's bounded queue, and
   * are dropped beyond it, since the senders of a group cannot be slowed down. <b>Buffer ownership:</b> none.
   * <b>Threading:</b> completes on the event loop. <b>Cancellation:</b> does not leave the group.
   */
  Mono<Void> join(MulticastGroup group);

  /**
   * Reverses a {@link #join} of the same group, interface and source; leaving a group that was not joined has no
   * effect. Closing the socket leaves all groups.
   *
   * <p>Fails as {@link #join}. <b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b>
   * completes on the event loop. <b>Cancellation:</b> has no effect.
   */
  Mono<Void> leave(MulticastGroup group);

  /**
   * Blocks the datagrams of {@code source} to a group that was joined for all sources.
   *
   * <p>Fails as {@link #join}, and with {@link IllegalStateException} if the group was not joined for all sources.
   * <b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b> completes on the event loop.
   * <b>Cancellation:</b> has no effect.
   */
  Mono<Void> block(MulticastGroup group, IpAddress source);

  /**
   * Reverses a {@link #block}.
   *
   * <p>Fails as {@link #join}, and with {@link IllegalStateException} if {@code source} is not blocked.
   * <b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b> completes on the event loop.
   * <b>Cancellation:</b> has no effect.
   */
  Mono<Void> unblock(MulticastGroup group, IpAddress source);

  /**
   * Returns the ICMP errors that hosts report about datagrams of this socket, as values with the reporter and the quoted
   * packet: of a connected socket also those that fail a send, of an unconnected one the only report (RFC 1122 section
   * 4.1.3.3). Errors before the subscription are not emitted. They are not authenticated: anybody who knows or guesses
   * the ports can send them.
   *
   * <p>Completes when the socket is closed; never fails.
   *
   * <p><b>Backpressure:</b> of the errors not yet requested, the latest 64 are kept. <b>Buffer ownership:</b> no
   * buffers. <b>Threading:</b> subscribe on any thread; emits on the event loop. <b>Cancellation:</b> ends the
   * subscription.
   */
  Flux<IcmpError> icmpErrors();

  /**
   * Closes the socket; queued datagrams, received or to be sent, are released.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> completes on the event
   * loop. <b>Cancellation:</b> does not stop the close.
   */
  Mono<Void> close();

  /**
   * Completes when the socket is closed, also for late subscribers.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> completes on the event
   * loop, or immediately for a late subscriber. <b>Cancellation:</b> has no effect on the socket.
   */
  Mono<Void> onClose();

  /** The local address. */
  InetSocketAddress localAddress();

  /** The peer that the socket is connected to, or {@code null}. */
  @Nullable
  InetSocketAddress remoteAddress();
}
