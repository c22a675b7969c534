package io.reactorstack.udp;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Ipv4Address;
import java.net.InetSocketAddress;
import reactor.core.publisher.Mono;

/** The entry point to the UDP sockets of a stack (RFC 768). */
public interface Udp {

  /**
   * Opens a socket on {@code port} of all the host's addresses.
   *
   * @param port 0 to 65535; 0 lets the stack choose one at random (RFC 6056)
   * @return the socket; fails with {@link java.net.BindException} if the port is taken, or the stack is stopped or
   * stopping. <b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b> subscribe on any
   * thread; emits on the event loop. <b>Cancellation:</b> if before the emission, no socket is opened
   */
  default Mono<UdpConnection> bind(int port) {
    return bind(new Endpoint(Ipv4Address.UNSPECIFIED, port), UdpSettings.DEFAULT);
  }

  /**
   * Opens a socket on {@code local} with default settings.
   *
   * @return as {@link #bind(Endpoint, UdpSettings)}, including <b>Backpressure</b>, <b>Buffer ownership</b>,
   * <b>Threading</b> and <b>Cancellation</b>
   */
  default Mono<UdpConnection> bind(InetSocketAddress local) {
    return bind(Endpoint.of(local), UdpSettings.DEFAULT);
  }

  /**
   * Opens a socket on {@code local}.
   *
   * @param local the address, unspecified for all of the host's addresses, and the port, 0 to let the stack choose
   * @param settings the queue bounds and options
   * @return the socket; fails with {@link java.net.BindException} if the endpoint is taken or not this host's, or the
   * stack is stopped or stopping. <b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b>
   * subscribe on any thread; emits on the event loop. <b>Cancellation:</b> if before the emission, no socket is opened
   */
  Mono<UdpConnection> bind(Endpoint local, UdpSettings settings);

  /**
   * Opens a socket on a random port that is connected to {@code remote}: it exchanges datagrams with {@code remote}
   * only, and ICMP errors about them fail its sends.
   *
   * @return the socket; fails with {@link java.net.NoRouteToHostException} if there is no route, and with
   * {@link java.net.BindException} if the stack is stopped or stopping. <b>Backpressure:</b> none needed. <b>Buffer
   * ownership:</b> none. <b>Threading:</b> subscribe on any thread; emits on the event loop. <b>Cancellation:</b> if
   * before the emission, no socket is opened
   */
  default Mono<UdpConnection> connect(InetSocketAddress remote) {
    return connect(Endpoint.of(remote), UdpSettings.DEFAULT);
  }

  /**
   * As {@link #connect(InetSocketAddress)}, including <b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b> and
   * <b>Cancellation</b>, with these settings.
   *
   * @param settings the queue bounds and options
   */
  Mono<UdpConnection> connect(Endpoint remote, UdpSettings settings);

  /**
   * As {@link #connect(InetSocketAddress)}, to the first address that the stack's resolver returns for a name; since
   * UDP has no handshake, no other address is tried.
   *
   * @param host a name, or an IP address in text
   * @param port 1 to 65535
   * @return as {@link #connect(InetSocketAddress)}, including <b>Backpressure</b>, <b>Buffer ownership</b>,
   * <b>Threading</b> and <b>Cancellation</b>; also fails with {@link java.net.UnknownHostException} if the name is not
   * found
   * @throws IllegalArgumentException if {@code host} looks like an address but is not valid, or the port is out of
   * range
   */
  Mono<UdpConnection> connect(String host, int port);
}
