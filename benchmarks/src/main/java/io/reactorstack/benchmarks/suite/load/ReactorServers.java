package io.reactorstack.benchmarks.suite.load;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpServer;

/** The servers of {@link Work} on Reactor Netty; the same on the stack and on the kernel. */
public final class ReactorServers implements AutoCloseable {

  private static final int BACKLOG = 1024;

  private final List<DisposableServer> servers = new ArrayList<>();

  /** Starts the servers on the ports of {@link Work} plus {@code offset}. */
  public ReactorServers(LoopResources loops, String host, int offset) {
    TcpServer tcp = TcpServer.create().runOn(loops).host(host).option(ChannelOption.SO_BACKLOG, BACKLOG);
    bind(tcp.port(Work.SOURCE + offset)
        .handle((in, out) -> out.send(Work.endless(new Tally()))));
    bind(tcp.port(Work.SINK + offset).handle((in, out) -> in.receive().then()));
    bind(tcp.port(Work.ECHO + offset).doOnConnection(accepted -> {
      accepted.channel().pipeline().addFirst(new Echo());
      accepted.channel().config().setAutoRead(true);
    }));
    for (int i = 0; i < Work.SERVICES; i++) {
      // One response for each request; the connection ends when the client closes it.
      bind(tcp.port(Work.SERVICE + offset + i)
          .handle((in, out) -> out.send(in.receive().map(request -> Work.response()), response -> true).then()
              .onErrorComplete()));
    }
    servers.add(HttpServer.create().runOn(loops).host(host).option(ChannelOption.SO_BACKLOG, BACKLOG)
        .port(Work.HTTP + offset)
        .handle((request, response) -> response.send(Mono.fromSupplier(Work::response))).bindNow(Work.LIMIT));
  }

  private void bind(TcpServer server) {
    servers.add(server.bindNow(Work.LIMIT));
  }

  @Override
  public void close() {
    servers.forEach(server -> server.disposeNow(Work.LIMIT));
  }

  private static final class Echo extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.writeAndFlush(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable reset) {
      context.close();
    }
  }
}
