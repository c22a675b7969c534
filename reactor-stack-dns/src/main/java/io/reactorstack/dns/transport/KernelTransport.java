package io.reactorstack.dns.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.packet.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.FluxSink.OverflowStrategy;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.resources.LoopResources;

/**
 * Sends and receives DNS messages over the kernel's sockets, on one event loop. See {@link QuerySockets} for the ports
 * of UDP queries.
 */
public final class KernelTransport implements DnsTransport {

  /** The limit for opening a TCP connection, for callers that set no shorter one. */
  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private final EventLoop loop;
  private final LoopResources resources;
  private final UnaryOperator<Endpoint> zones;
  private final QuerySockets sockets;

  /**
   * Creates the transport.
   *
   * @param loop one of the loops of {@code resources}
   * @param random draws the ports of UDP queries; used on the loop
   * @param zones adds the index of the interface to a link-local address with a zone
   */
  KernelTransport(EventLoop loop, LoopResources resources, RandomGenerator random, UnaryOperator<Endpoint> zones) {
    this.loop = loop;
    this.resources = resources;
    this.zones = zones;
    this.sockets = new QuerySockets(loop, () -> resources.onChannel(DatagramChannel.class, loop), random);
  }

  @Override
  public Flux<byte[]> overUdp(byte[] query, Endpoint server) {
    return Flux.push(sink -> ask(query, server, sink), OverflowStrategy.DROP);
  }

  private void ask(byte[] query, Endpoint server, FluxSink<byte[]> sink) {
    try {
      sockets.take(zones.apply(server)).ask(query, sink);
    } catch (IOException e) {
      sink.error(e);
    } catch (VirtualMachineError e) {
      // Reactor does not turn such an error into a signal, and all subscribers of this question would wait for ever.
      sink.error(new IOException("not enough memory to send a DNS query", e));
    }
  }

  @Override
  public Mono<DnsConnection> connect(Endpoint server) {
    return Mono.create(sink -> open(zones.apply(server), sink));
  }

  private void open(Endpoint server, MonoSink<DnsConnection> sink) {
    KernelConnection connection = new KernelConnection();
    ChannelFuture opening = new Bootstrap().group(loop)
        .channelFactory(() -> resources.onChannel(SocketChannel.class, loop))
        .disableResolver()
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_TIMEOUT.toMillis())
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.AUTO_READ, false)
        .handler(connection)
        .connect(server.toInetSocketAddress());
    boolean[] cancelled = {false};
    sink.onCancel(() -> {
      cancelled[0] = true;
      opening.channel().close();
    });
    opening.addListener(ended -> {
      if (ended.isSuccess()) {
        sink.success(connection);
      } else if (!cancelled[0]) {
        sink.error(ended.cause());
      }
    });
  }
}
