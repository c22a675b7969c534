package io.reactorstack.dns.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.dns.wire.MessageFraming;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.spi.HostLoop;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.udp.UdpSettings;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The UDP and TCP ports of a server whose answers take time, with the limits that keep a client from exhausting it. */
final class ServerPorts {

  private static final Logger LOG = Loggers.getLogger(ServerPorts.class);

  /** The time after which a connection without queries is closed (RFC 7766 section 6.2.3: a few seconds). */
  private static final Duration IDLE = Duration.ofSeconds(10);

  /** The largest number of connections served at the same time; further ones wait in the listener's backlog. */
  private static final int MAX_CONNECTIONS = 64;

  /** The largest number of queries of one connection that are handled at the same time; further ones wait in it. */
  private static final int PIPELINED = 16;

  /** Answers queries. Called on the event loop. */
  interface Responder {

    /** Returns the response to a query received in a datagram; empty to send none. */
    Mono<byte[]> overUdp(byte[] query, Endpoint client);

    /** Returns the responses to a query received over TCP; empty to send none. */
    Publisher<byte[]> overTcp(byte[] query, Endpoint client);
  }

  private final NetworkStack stack;
  private final Responder responder;

  private ServerPorts(NetworkStack stack, Responder responder) {
    this.stack = stack;
    this.responder = responder;
  }

  /**
   * Opens the ports and serves until the emitted {@link Disposable} is disposed of, or the stack stops. Fails with a
   * {@link java.net.BindException} if a port is taken or an address is not the stack's.
   *
   * @param addresses the addresses to listen on; empty for all
   */
  static Mono<Disposable> bind(NetworkStack stack, List<IpAddress> addresses, int port, Responder responder) {
    List<IpAddress> all = addresses.isEmpty() ? List.of(Ipv4Address.UNSPECIFIED) : addresses;
    ServerPorts ports = new ServerPorts(stack, responder);
    return Mono.defer(() -> {
      Disposable.Composite serving = Disposables.composite();
      return Flux.fromIterable(all).map(address -> new Endpoint(address, port))
          .concatMap(local -> stack.udp().bind(local, UdpSettings.DEFAULT)
              .flatMap(udp -> Mono.<Void>create(opened -> ports.listen(udp, local, serving, opened))))
          .then(Mono.<Disposable>just(serving))
          .doOnError(e -> serving.dispose())
          .doOnCancel(serving::dispose);
    });
  }

  private void listen(UdpConnection udp, Endpoint local, Disposable.Composite serving, MonoSink<Void> opened) {
    serving.add(() -> udp.close().subscribe());
    serving.add(serve(udp).subscribe());
    serving.add(stack.tcp()
        .doOnBound(address -> opened.success())
        .listen(local.toInetSocketAddress())
        .flatMap(this::serve, MAX_CONNECTIONS)
        .subscribe(nothing -> {}, opened::error));
  }

  /** Handles all queries that arrive; the responder limits their number. */
  private Mono<Void> serve(UdpConnection udp) {
    return udp.send(udp.receive().flatMap(this::response, Integer.MAX_VALUE, 1)).onErrorResume(ServerPorts::lost);
  }

  /** Returns the response to {@code query}, which it releases. */
  private Mono<Datagram> response(Datagram query) {
    byte[] octets;
    try {
      octets = ByteBufUtil.getBytes(query.payload());
    } finally {
      query.release();
    }
    return Mono.from(guarded(() -> responder.overUdp(octets, query.remote())))
        .map(answer -> query.reply(Unpooled.wrappedBuffer(answer)))
        .onErrorResume(ServerPorts::lost);
  }

  private Mono<Void> serve(TcpConnection connection) {
    Endpoint client = Endpoint.of(connection.remoteAddress());
    return connection.send(MessageFraming.messages(connection.receive())
        // The answers to the last queries are still sent.
        .timeout(IDLE, Flux.empty(), HostLoop.of(stack).scheduler())
        .flatMap(query -> Flux.from(guarded(() -> responder.overTcp(query, client)))
            .<ByteBuf>map(MessageFraming::frame), PIPELINED))
        .onErrorResume(ServerPorts::lost)
        .then(Mono.defer(connection::close))
        .onErrorResume(ServerPorts::lost);
  }

  /**
   * Returns the responses of {@code handling}, none if it throws. Reactor does not turn an error of the JVM, such as a
   * lack of memory, into a signal, and the server would hang.
   */
  private static Publisher<byte[]> guarded(Supplier<? extends Publisher<byte[]>> handling) {
    try {
      return handling.get();
    } catch (RuntimeException | VirtualMachineError e) {
      LOG.error("failed to answer a DNS query", e);
      return Mono.empty();
    }
  }

  /** A failure of one query must not affect the next. */
  private static <T> Mono<T> lost(Throwable cause) {
    LOG.debug("a DNS response could not be delivered: {}", cause.toString());
    return Mono.empty();
  }
}
