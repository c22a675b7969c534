package io.reactorstack.dns.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.dns.wire.MessageFraming;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import io.reactorstack.spi.HostLoop;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * An authoritative DNS server on a stack, over UDP and TCP (RFC 1034 section 4.3, RFC 7766). It serves zones that the
 * program supplies, and supports no recursion, no zone transfers, no dynamic updates and no DNSSEC.
 *
 * <p>A query for all types (ANY) gets all records over TCP, and one set of them over UDP (RFC 8482). A client that sends
 * a DNS Cookie gets one of this server (RFC 7873), which is bound to the client's address by a random secret of
 * the bound server, and to the stack's clock; a query without a valid cookie is answered all the same.
 *
 * <p>Immutable: each method that sets something returns a changed copy.
 */
public final class ZoneServer {

  private static final Logger LOG = Loggers.getLogger(ZoneServer.class);

  /** The time after which a connection without queries is closed (RFC 7766 section 6.2.3: a few seconds). */
  private static final Duration IDLE = Duration.ofSeconds(10);

  /** The largest number of connections served at the same time; further ones wait in the listener's backlog. */
  private static final int MAX_CONNECTIONS = 64;

  private final NetworkStack stack;
  private final int port;
  private final List<Supplier<? extends Zone>> zones;

  private ZoneServer(NetworkStack stack, int port, List<Supplier<? extends Zone>> zones) {
    this.stack = stack;
    this.port = port;
    this.zones = List.copyOf(zones);
  }

  /** Creates a server on port 53 of {@code stack}, without a zone. */
  public static ZoneServer create(NetworkStack stack) {
    return new ZoneServer(Checks.given("stack", stack), 53, List.of());
  }

  /** Sets the port, 1 to 65535. */
  public ZoneServer port(int port) {
    return new ZoneServer(stack, Checks.range("port", port, 1, 65535, "on which to serve"), zones);
  }

  /** Adds {@code zone}. */
  public ZoneServer zone(Zone zone) {
    Checks.given("zone", zone);
    return zone(() -> zone);
  }

  /**
   * Adds a zone that changes, such as one whose hosts are added and removed.
   *
   * @param zone called on the stack's event loop for each query; returns the current zone. If it returns the same
   *     object as before, the zone is not indexed again
   */
  public ZoneServer zone(Supplier<? extends Zone> zone) {
    List<Supplier<? extends Zone>> more = new ArrayList<>(zones);
    more.add(Checks.given("zone", zone));
    return new ZoneServer(stack, port, more);
  }

  /**
   * Opens the ports and serves until the emitted {@link Disposable} is disposed of, or the stack stops.
   *
   * <p>Fails with a {@link java.net.BindException} if a port is taken. <b>Backpressure:</b> one value, on demand.
   * <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on any thread; signals and serves on
   * the stack's event loop. <b>Cancellation:</b> before the emission, closes the ports.
   */
  public Mono<Disposable> bind() {
    return Mono.defer(() -> {
      HostLoop loop = HostLoop.of(stack);
      ServerCookies cookies = new ServerCookies(loop.random(),
          () -> TimeUnit.NANOSECONDS.toSeconds(loop.nanoTime()));
      ZoneAnswers answers = new ZoneAnswers(zones, cookies);
      return stack.udp().bind(port).flatMap(udp -> Mono.<Disposable>create(sink -> listen(udp, answers, sink)));
    });
  }

  private void listen(UdpConnection udp, ZoneAnswers answers, MonoSink<Disposable> sink) {
    Disposable.Composite serving = Disposables.composite();
    serving.add(() -> udp.close().subscribe());
    sink.onCancel(serving);
    serving.add(serve(udp, answers).subscribe());
    serving.add(stack.tcp()
        .doOnBound(address -> sink.success(serving))
        .listen(port)
        .flatMap(connection -> serve(connection, answers), MAX_CONNECTIONS)
        .subscribe(nothing -> {}, e -> {
          serving.dispose();
          sink.error(e);
        }));
  }

  /** Answers one query after the other; queries that arrive meanwhile wait in the socket's bounded queue. */
  private static Flux<Void> serve(UdpConnection udp, ZoneAnswers answers) {
    return udp.receive().concatMap(query -> {
      Datagram reply = reply(query, answers);
      // A response that cannot be sent is lost for its client only; the server continues.
      return reply == null ? Mono.<Void>empty() : udp.send(Mono.just(reply)).onErrorResume(ZoneServer::lost);
    }, 0);
  }

  /**
   * Returns the response to {@code query}, or {@code null} if there is none or it could not be built; releases
   * {@code query}.
   */
  private static @Nullable Datagram reply(Datagram query, ZoneAnswers answers) {
    try {
      byte[] answer = answers.overUdp(ByteBufUtil.getBytes(query.payload()), query.remote().address());
      return answer == null ? null : query.reply(Unpooled.wrappedBuffer(answer));
    } catch (RuntimeException | VirtualMachineError e) {
      // A failure of one query must not affect the next. Reactor does not turn an error of the JVM into a signal, and
      // the server would hang.
      LOG.error("failed to answer a DNS query received over UDP", e);
      return null;
    } finally {
      query.release();
    }
  }

  private Mono<Void> serve(TcpConnection connection, ZoneAnswers answers) {
    Scheduler onLoop = HostLoop.of(stack).scheduler();
    IpAddress client = IpAddress.of(connection.remoteAddress().getAddress());
    return connection.send(MessageFraming.messages(connection.receive())
        .timeout(IDLE, onLoop)
        .<ByteBuf>handle((query, sink) -> {
          ByteBuf answer = framed(query, client, answers);
          if (answer == null) {
            sink.complete(); // a message without a response ends the connection
          } else {
            sink.next(answer);
          }
        }))
        .onErrorResume(ZoneServer::lost)
        .then(Mono.defer(connection::close))
        .onErrorResume(ZoneServer::lost);
  }

  private static @Nullable ByteBuf framed(byte[] query, IpAddress client, ZoneAnswers answers) {
    try {
      byte[] answer = answers.overTcp(query, client);
      return answer == null ? null : MessageFraming.frame(answer);
    } catch (RuntimeException | VirtualMachineError e) {
      LOG.error("failed to answer a DNS query received over TCP", e);
      return null;
    }
  }

  private static Mono<Void> lost(Throwable cause) {
    LOG.debug("a DNS response could not be delivered: {}", cause.toString());
    return Mono.empty();
  }
}
