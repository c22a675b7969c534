package io.reactorstack.benchmarks.suite.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.List;

/** The servers {@link Work#ECHO} and {@link Work#SERVICE} on Netty alone. */
final class ChannelServers implements AutoCloseable {

  private final List<Channel> listeners = new ArrayList<>();

  /** Starts the servers on the ports of {@link Work} plus {@code offset}. */
  ChannelServers(ChannelTransport transport, int offset) {
    listen(transport, Work.ECHO + offset, new Echo());
    for (int i = 0; i < Work.SERVICES; i++) {
      listen(transport, Work.SERVICE + offset + i, new Service());
    }
  }

  private void listen(ChannelTransport transport, int port, ChannelHandler handler) {
    listeners.add(transport.serverBootstrap().childHandler(handler).bind(transport.address().apply(port))
        .syncUninterruptibly().channel());
  }

  @Override
  public void close() {
    listeners.forEach(listener -> listener.close().syncUninterruptibly());
  }

  @ChannelHandler.Sharable
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

  @ChannelHandler.Sharable
  private static final class Service extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      Work.consume((ByteBuf) message);
      context.writeAndFlush(Work.response());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable reset) {
      context.close();
    }
  }
}
