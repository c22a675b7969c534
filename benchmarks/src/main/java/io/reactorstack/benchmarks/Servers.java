package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpServer;

/** Reactor Netty's servers for the benchmarks; the same on the stack and on the kernel. */
final class Servers implements AutoCloseable {

  /** Sends {@link #BYTES} and closes. */
  static final int SOURCE = 7001;

  /** Receives {@link #BYTES} and answers with the number of bytes received. */
  static final int SINK = 7002;

  /** Sends back all bytes that it receives. */
  static final int ECHO = 7003;

  /** Answers every request with 128 bytes. */
  static final int HTTP = 7004;

  private static final int CHUNK = 32 * 1024;
  private static final int CHUNKS = 2048;

  /** The number of bytes of a bulk transfer. */
  static final long BYTES = (long) CHUNK * CHUNKS;

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final List<DisposableServer> servers = new ArrayList<>();

  Servers(LoopResources loops, String host) {
    TcpServer tcp = TcpServer.create().runOn(loops).host(host);
    servers.add(tcp.port(SOURCE).handle((in, out) -> out.send(bulk())).bindNow(LIMIT));
    servers.add(tcp.port(SINK).handle((in, out) -> out.sendString(
        in.receive().map(ByteBuf::readableBytes).scan(0L, Long::sum).filter(sum -> sum >= BYTES).next()
            .map(String::valueOf)))
        .bindNow(LIMIT));
    servers.add(tcp.port(ECHO).doOnConnection(accepted -> {
      accepted.channel().pipeline().addFirst(new Echo());
      accepted.channel().config().setAutoRead(true);
    }).bindNow(LIMIT));
    ByteBuf body = Unpooled.unreleasableBuffer(Unpooled.directBuffer(128).writeZero(128));
    servers.add(HttpServer.create().runOn(loops).host(host).port(HTTP)
        .handle((request, response) -> response.send(Mono.just(body.duplicate()))).bindNow(LIMIT));
  }

  /** The bytes of a bulk transfer. */
  static Flux<ByteBuf> bulk() {
    ByteBuf chunk = Unpooled.unreleasableBuffer(Unpooled.directBuffer(CHUNK).writeZero(CHUNK));
    return Flux.range(0, CHUNKS).map(i -> chunk.duplicate());
  }

  @Override
  public void close() {
    servers.forEach(server -> server.disposeNow(LIMIT));
  }

  private static final class Echo extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.writeAndFlush(message);
    }
  }
}
