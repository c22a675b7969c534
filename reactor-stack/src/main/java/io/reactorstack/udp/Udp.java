package io.reactorstack.udp;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Ipv4Address;
import java.net.InetSocketAddress;
import reactor.core.publisher.Mono;

/** UDP for the user of a stack (RFC 768). */
public interface Udp {

  /**
   * Opens a socket on {@code port} of all the host's addresses.
   *
   * @param port 0 to 65535; 0 lets the stack choose one at random (RFC 6056)
   * @return the socket; errs with {@link java.net.BindException} if the port is taken, or the stack is stopped or about to be. <b>Backpressure:</b> none needed.
   *     <b>Buffer ownership:</b> none. <b>Threading:</b> subscribe on any thread; emits on the event loop. <b>Cancellation:</b>
   *     before the emission, opens none
   */
  default Mono<UdpConnection> bind(int port) {
    return bind(new Endpoint(Ipv4Address.UNSPECIFIED, port), UdpSettings.DEFAULT);
  }

  /**
   * Opens a socket on {@code local}.
   *
   * @return as {@link #bind(Endpoint, UdpSettings)}. <b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>,
   *     <b>Cancellation:</b> as there
   */
  default Mono<UdpConnection> bind(InetSocketAddress local) {
    return bind(Endpoint.of(local), UdpSettings.DEFAULT);
  }

  /**
   * Opens a socket on {@code local}.
   *
   * @param local the address, unspecified for all of the host's, and the port, 0 to let the stack choose
   * @param settings the bounds of its queues
   * @return the socket; errs with {@link java.net.BindException} if the end is taken or not this host's, or the stack is stopped or
   *     about to be. <b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b> subscribe on any thread; emits on the event loop.
   *     <b>Cancellation:</b> before the emission, opens none
   */
  Mono<UdpConnection> bind(Endpoint local, UdpSettings settings);

  /**
   * Opens a socket on a random port that talks to {@code remote} only, and hears of ICMP errors about it.
   *
   * @return the socket; errs with {@link java.net.NoRouteToHostException} if there is no route, and with {@link
   *     java.net.BindException} if the stack is stopped or about to be. <b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b> subscribe on any thread; emits on the event loop.
   *     <b>Cancellation:</b> before the emission, opens none
   */
  Mono<UdpConnection> connect(InetSocketAddress remote);

  /**
   * As {@link #connect(InetSocketAddress)}, to the first address that the stack's resolver finds for a name; since UDP has no
   * handshake, no other address is tried.
   *
   * @param host a name, or an IP address in text
   * @param port 1 to 65535
   * @return as there; errs with {@link java.net.UnknownHostException} if the name is not found. <b>Backpressure</b>, <b>Buffer
   *     ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as there
   * @throws IllegalArgumentException if {@code host} looks like an address and is none, or the port is out of its range
   */
  Mono<UdpConnection> connect(String host, int port);
}
