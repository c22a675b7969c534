package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Capture;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.model.TcpSettings;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The entry point to a host's TCP: opens connections and listens for them (RFC 9293).
 *
 * <p>Immutable: each configuration method returns a changed copy. The methods are named like those of Reactor Netty.
 */
public final class Tcp {

  /** The default limit for the time to open a connection. */
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(30);

  /** The default number of connections that may wait to be accepted. */
  public static final int DEFAULT_BACKLOG = 128;

  private final TcpStage stage;
  private final Options options;

  private record Options(
      TcpSettings settings,
      int backlog,
      Duration connectTimeout,
      @Nullable Endpoint bindAddress,
      Consumer<? super InetSocketAddress> onBound,
      @Nullable Capture capture,
      NameResolver resolver) {

    Options withSettings(TcpSettings changed) {
      return new Options(changed, backlog, connectTimeout, bindAddress, onBound, capture, resolver);
    }

    Options withBacklog(int changed) {
      return new Options(settings, changed, connectTimeout, bindAddress, onBound, capture, resolver);
    }

    Options withConnectTimeout(Duration changed) {
      return new Options(settings, backlog, changed, bindAddress, onBound, capture, resolver);
    }

    Options withBindAddress(Endpoint changed) {
      return new Options(settings, backlog, connectTimeout, changed, onBound, capture, resolver);
    }

    Options withOnBound(Consumer<? super InetSocketAddress> changed) {
      return new Options(settings, backlog, connectTimeout, bindAddress, changed, capture, resolver);
    }

    Options withResolver(NameResolver changed) {
      return new Options(settings, backlog, connectTimeout, bindAddress, onBound, capture, changed);
    }

    Options withCapture(Capture changed) {
      return new Options(settings, backlog, connectTimeout, bindAddress, onBound, changed, resolver);
    }
  }

  private Tcp(TcpStage stage, Options options) {
    this.stage = stage;
    this.options = options;
  }

  /** Returns the API of {@code stage}, with default settings. */
  public static Tcp of(TcpStage stage) {
    return new Tcp(
        stage, new Options(TcpSettings.DEFAULTS, DEFAULT_BACKLOG, DEFAULT_CONNECT_TIMEOUT, null, address -> {}, null,
            NameResolver.none()));
  }

  /**
   * Sets whether small segments are sent immediately, that is, whether Nagle's algorithm is off; by default it is on.
   */
  public Tcp noDelay(boolean on) {
    return with(options.settings.withTimers(timers -> timers.withNoDelay(on)));
  }

  /**
   * Sets the size of the receive buffer, the memory in bytes that unread data may hold; 2048 to 2<sup>30</sup>. A
   * buffer that was set does not grow automatically.
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public Tcp receiveBuffer(int bytes) {
    return with(options.settings.withBuffers(buffers -> buffers.withReceiveBuffer(bytes).withMaxReceiveBuffer(bytes)));
  }

  /**
   * Sets the size of the send buffer, the number of bytes that may be accepted and not yet acknowledged; 2048 to
   * 2<sup>30</sup>. A buffer that was set does not grow automatically.
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public Tcp sendBuffer(int bytes) {
    return with(options.settings.withBuffers(buffers -> buffers.withSendBuffer(bytes).withMaxSendBuffer(bytes)));
  }

  /** Sets whether the peer of an idle connection is probed (RFC 9293 section 3.8.4); off by default. */
  public Tcp keepAlive(boolean on) {
    return with(options.settings.withProbing(probing -> probing.withKeepAlive(on)));
  }

  /**
   * Sets whether connections are opened with Fast Open, and whether listeners accept the data of a SYN with a valid
   * cookie (RFC 7413); off by default. Such data may reach the application twice, so use it only for requests that may
   * be repeated (section 6.1).
   */
  public Tcp fastOpen(boolean on) {
    return with(options.settings.withSecurity(security -> security.withFastOpen(on)));
  }

  /**
   * Changes any other setting of a connection: {@code change} receives the current settings and returns the new ones.
   */
  public Tcp settings(UnaryOperator<TcpSettings> change) {
    return with(Checks.given("settings", Checks.given("settings change", change).apply(options.settings)));
  }

  private Tcp with(TcpSettings settings) {
    return new Tcp(stage, options.withSettings(settings));
  }

  /**
   * Sets the number of connections that may wait to be accepted; as many again may be in their handshake.
   *
   * @throws IllegalArgumentException if {@code connections} is not positive
   */
  public Tcp backlog(int connections) {
    return new Tcp(stage, options.withBacklog(Checks.positive("backlog", connections, "connections")));
  }

  /**
   * Sets the limit for the time to open a connection, up to 365 d; zero leaves the limit to the retransmissions of the
   * SYN.
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public Tcp connectTimeout(Duration timeout) {
    return new Tcp(stage, options.withConnectTimeout(Checks.zeroOrMore("connectTimeout", timeout)));
  }

  /**
   * Sets the local address and port of connections that this host opens; port 0 lets the stack choose.
   *
   * @throws IllegalArgumentException if the address is unresolved
   */
  public Tcp bindAddress(InetSocketAddress local) {
    return new Tcp(stage, options.withBindAddress(Endpoint.of(Checks.given("bindAddress", local))));
  }

  /**
   * Sets an action that is called with the bound address and port, on the event loop, each time a listener has been
   * opened.
   */
  public Tcp doOnBound(Consumer<? super InetSocketAddress> action) {
    return new Tcp(stage, options.withOnBound(Checks.given("doOnBound action", action)));
  }

  /**
   * Adds packets to {@code capture}: those of each connection that this host opens, from its SYN to its end, and those
   * of all connections to a listener, as long as it listens. A closed capture ignores packets.
   */
  public Tcp capture(Capture capture) {
    return new Tcp(stage, options.withCapture(Checks.given("capture", capture)));
  }

  /** Sets the resolver of the names given to {@link #connect(String, int)}; the default is the stack's. */
  public Tcp resolver(NameResolver names) {
    return new Tcp(stage, options.withResolver(Checks.given("resolver", names)));
  }

  /**
   * Opens a connection to {@code port} of {@code host}, a name or an IP address in text, as
   * {@link #connect(InetSocketAddress)} does.
   *
   * <p>A name is resolved for each subscriber. If it has several addresses, they are tried in the resolver's order,
   * each for {@link #connectTimeout}, until one connects; if none does, the error is that of the first address, with
   * the errors of the other addresses suppressed in it. Fails with an {@link java.net.UnknownHostException} if the name
   * is not found.
   *
   * <p><b>Backpressure:</b> as {@link #connect(InetSocketAddress)}, but a name is resolved at the subscription, and the
   * handshake starts when the connection is requested. <b>Buffer ownership</b>, <b>Threading</b>,
   * <b>Cancellation:</b> as {@link #connect(InetSocketAddress)}.
   *
   * @throws IllegalArgumentException if {@code host} looks like an address but is not valid, or {@code port} is not in
   *     0 to 65535
   */
  public Mono<TcpConnection> connect(String host, int port) {
    if (IpAddress.isLiteral(host)) {
      return connect(new Endpoint(IpAddress.parse(host), port));
    }
    Checks.range("port", port, 0, 65535, "(0 lets the stack choose)");
    return NamedConnect.toOneOf(options.resolver, host, address -> connect(new Endpoint(address, port)));
  }

  /**
   * Opens a connection for each subscriber.
   *
   * <p>Fails with a {@link TcpException} if the handshake fails (refused, no answer within {@link #connectTimeout},
   * host or network unreachable), and with a {@link java.net.SocketException} if there is no route, no free port, not
   * enough memory, if the remote address is not unicast or its port is 0, or if the stack is stopped or stopping.
   *
   * <p><b>Backpressure:</b> the handshake starts with the subscription; the connection is emitted when it is requested.
   * <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on any thread; signals on the event
   * loop. <b>Cancellation:</b> aborts the handshake, or the connection if it was not yet emitted.
   *
   * @throws IllegalArgumentException if the address is unresolved
   */
  public Mono<TcpConnection> connect(InetSocketAddress remote) {
    return connect(Endpoint.of(remote));
  }

  /**
   * Opens a connection as {@link #connect(InetSocketAddress)} does, and first sends the buffer that {@code first}
   * supplies for each subscriber. With {@link #fastOpen}, and a cookie from an earlier connection to the server, the
   * data is sent in the SYN and saves a round trip; otherwise it follows the handshake.
   *
   * <p><b>Backpressure</b>, <b>Threading</b> and <b>Cancellation:</b> as {@link #connect(InetSocketAddress)};
   * {@code first} is called on the event loop. <b>Buffer ownership:</b> the buffer belongs to the stack.
   *
   * @throws IllegalArgumentException if the address is unresolved
   */
  public Mono<TcpConnection> connect(InetSocketAddress remote, Supplier<? extends ByteBuf> first) {
    return connect(Endpoint.of(remote), first);
  }

  private Mono<TcpConnection> connect(Endpoint remote) {
    return connect(remote, null);
  }

  private Mono<TcpConnection> connect(Endpoint remote, @Nullable Supplier<? extends ByteBuf> first) {
    return new ConnectMono(
        stage, remote, options.bindAddress, options.settings, options.connectTimeout, first,
        options.capture);
  }

  /**
   * Listens on {@code port} of all of the host's addresses, as {@link #listen(InetSocketAddress)} does; 0 lets the
   * stack choose the port, see {@link #doOnBound}.
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as
   * {@link #listen(InetSocketAddress)}.
   *
   * @throws IllegalArgumentException if {@code port} is not in 0 to 65535
   */
  public Flux<TcpConnection> listen(int port) {
    return listen(new Endpoint(Ipv4Address.UNSPECIFIED, port));
  }

  /**
   * Opens a listener for each subscriber, and emits the connections that peers have opened, oldest first. A connection
   * that has ended before it was requested is emitted only if it has left data to be read.
   *
   * <p>Fails with a {@link java.net.BindException} if the address is not the host's or is in use, or if the stack is
   * stopped or stopping; completes when the stop begins. If the subscriber throws an {@link OutOfMemoryError} on a
   * connection, that connection is reset, the next one is emitted in its place, and the listener remains open.
   *
   * <p><b>Backpressure:</b> {@code request(n)} allows the emission of n connections. Connections that are not requested
   * wait in the bounded {@link #backlog}; when it is full, peers get no answer and try again. <b>Buffer ownership:</b>
   * no buffers; each connection belongs to the subscriber, which closes it. <b>Threading:</b> may be subscribed to on
   * any thread; signals on the event loop. <b>Cancellation:</b> stops listening and aborts the connections that were
   * not emitted.
   *
   * @throws IllegalArgumentException if the address is unresolved
   */
  public Flux<TcpConnection> listen(InetSocketAddress local) {
    return listen(Endpoint.of(local));
  }

  private Flux<TcpConnection> listen(Endpoint local) {
    return new AcceptFlux(stage, local, options.backlog, options.settings, options.onBound, options.capture);
  }
}
