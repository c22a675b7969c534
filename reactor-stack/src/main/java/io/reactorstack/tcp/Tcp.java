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
 * A host's TCP as its user sees it: opens connections and listens for them (RFC 9293).
 *
 * <p>Immutable: each method that configures returns a changed copy, in the words of Reactor Netty.
 */
public final class Tcp {

  /** The time within which a connection must be open unless set otherwise. */
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(30);

  /** Connections that may wait to be accepted unless set otherwise. */
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

  /** The face of {@code stage}, with the defaults of the RFCs. */
  public static Tcp of(TcpStage stage) {
    return new Tcp(
        stage, new Options(TcpSettings.DEFAULTS, DEFAULT_BACKLOG, DEFAULT_CONNECT_TIMEOUT, null, address -> {}, null,
            NameResolver.none()));
  }

  /** Whether small segments go out at once, that is, whether Nagle's algorithm is off; by default it is on. */
  public Tcp noDelay(boolean on) {
    return with(options.settings.withTimers(timers -> timers.withNoDelay(on)));
  }

  /**
   * Bytes of memory that unread data may hold: what the peer may send without being asked for; 2048 to 2<sup>30</sup>. A buffer
   * that was set does not grow by itself.
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public Tcp receiveBuffer(int bytes) {
    return with(options.settings.withBuffers(buffers -> buffers.withReceiveBuffer(bytes).withMaxReceiveBuffer(bytes)));
  }

  /**
   * Bytes accepted for sending and not yet acknowledged; 2048 to 2<sup>30</sup>. A buffer that was set does not grow by itself.
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public Tcp sendBuffer(int bytes) {
    return with(options.settings.withBuffers(buffers -> buffers.withSendBuffer(bytes).withMaxSendBuffer(bytes)));
  }

  /** Whether the peer of an idle connection is probed (RFC 9293 section 3.8.4); by default not. */
  public Tcp keepAlive(boolean on) {
    return with(options.settings.withProbing(probing -> probing.withKeepAlive(on)));
  }

  /**
   * Whether connections are opened with Fast Open, and listeners take the data in a SYN whose cookie is good (RFC 7413); by
   * default not. Such data may reach the application twice: only for requests that may be repeated (section 6.1).
   */
  public Tcp fastOpen(boolean on) {
    return with(options.settings.withSecurity(security -> security.withFastOpen(on)));
  }

  /** Any other setting of a connection. */
  public Tcp settings(UnaryOperator<TcpSettings> change) {
    return with(Checks.given("settings", Checks.given("settings change", change).apply(options.settings)));
  }

  private Tcp with(TcpSettings settings) {
    return new Tcp(stage, options.withSettings(settings));
  }

  /**
   * Connections that may wait to be accepted, and as many again in their handshake.
   *
   * @throws IllegalArgumentException if {@code connections} is not positive
   */
  public Tcp backlog(int connections) {
    return new Tcp(stage, options.withBacklog(Checks.positive("backlog", connections, "connections")));
  }

  /**
   * The time within which a connection must be open, to 365 d; zero leaves it to the retransmissions of the SYN.
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public Tcp connectTimeout(Duration timeout) {
    return new Tcp(stage, options.withConnectTimeout(Checks.zeroOrMore("connectTimeout", timeout)));
  }

  /**
   * The local end of connections that are opened; port 0 lets the stack choose.
   *
   * @throws IllegalArgumentException if the address is unresolved
   */
  public Tcp bindAddress(InetSocketAddress local) {
    return new Tcp(stage, options.withBindAddress(Endpoint.of(Checks.given("bindAddress", local))));
  }

  /** Told the address, with the port chosen, on the event loop, each time a listener is open. */
  public Tcp doOnBound(Consumer<? super InetSocketAddress> action) {
    return new Tcp(stage, options.withOnBound(Checks.given("doOnBound action", action)));
  }

  /**
   * Adds to {@code capture} the packets of connections that are opened, from their SYN to their end, and of listeners, of
   * whichever connection, as long as they listen. A closed capture is given nothing more.
   */
  public Tcp capture(Capture capture) {
    return new Tcp(stage, options.withCapture(Checks.given("capture", capture)));
  }

  /** Finds the hosts that {@link #connect(String, int)} names; that of the stack if nothing is said. */
  public Tcp resolver(NameResolver names) {
    return new Tcp(stage, options.withResolver(Checks.given("resolver", names)));
  }

  /**
   * Opens a connection to {@code port} of {@code host}, a name or an IP address in text.
   *
   * <p>As {@link #connect(InetSocketAddress)}. A name is looked up for each subscriber. If it has several addresses they are tried
   * in the resolver's order, each for {@link #connectTimeout}, until one connects; if none does, the error is that of the first
   * address, and those of the others are suppressed in it. Errs with an {@link java.net.UnknownHostException} if the name is not
   * found.
   *
   * <p><b>Backpressure:</b> as there; but a name is looked up, and a handshake begun, when the connection is requested. <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as there.
   *
   * @throws IllegalArgumentException if {@code host} looks like an address and is none, or {@code port} is not in 0 to 65535
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
   * <p>Errs with a {@link TcpException} if the handshake fails (refused, no answer within {@link #connectTimeout}, host or
   * network unreachable), and with a {@link java.net.SocketException} if there is no route, no free port, the address is no
   * single host's, or the stack is stopped or about to be.
   *
   * <p><b>Backpressure:</b> the handshake starts with the subscription; the connection is emitted once requested. <b>Buffer
   * ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on any thread; signals on the event loop.
   * <b>Cancellation:</b> aborts the handshake, or the connection that was not yet emitted.
   *
   * @throws IllegalArgumentException if the address is unresolved
   */
  public Mono<TcpConnection> connect(InetSocketAddress remote) {
    return connect(Endpoint.of(remote));
  }

  /**
   * As {@link #connect(InetSocketAddress)}, and begins with sending what {@code first} supplies for each subscriber. With {@link
   * #fastOpen} and a server that has given its cookie it goes out with the SYN and saves a round trip; otherwise it follows
   * the handshake.
   *
   * <p><b>Backpressure</b>, <b>Threading</b> and <b>Cancellation:</b> as there; {@code first} is called on the event loop.
   * <b>Buffer ownership:</b> the buffer belongs to the stack.
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
   * Listens on {@code port} of all of the host's addresses; 0 lets the stack choose the port, see {@link #doOnBound}.
   *
   * <p>As {@link #listen(InetSocketAddress)}.
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as there.
   *
   * @throws IllegalArgumentException if {@code port} is not in 0 to 65535
   */
  public Flux<TcpConnection> listen(int port) {
    return listen(new Endpoint(Ipv4Address.UNSPECIFIED, port));
  }

  /**
   * Listens for each subscriber, and emits the connections that peers have opened, oldest first. One that has ended before it was
   * requested is emitted if it has left data to be read, and otherwise not.
   *
   * <p>Errs with a {@link java.net.BindException} if the address is not the host's or in use, or the stack is stopped or
   * about to be; completes when the stop begins. A connection on which the subscriber throws an {@link OutOfMemoryError} is
   * reset, and the next one comes in its place: the listener lives.
   *
   * <p><b>Backpressure:</b> {@code request(n)} hands over n connections; those that nobody requests wait in the bounded
   * {@link #backlog}, and beyond it peers get no answer and try again. <b>Buffer ownership:</b> no buffers; each connection
   * belongs to the subscriber, who closes it. <b>Threading:</b> may be subscribed to on any thread; signals on the event
   * loop. <b>Cancellation:</b> stops listening and aborts the connections that were not handed over.
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
