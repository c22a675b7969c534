package io.reactorstack.http;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.CharsetUtil;
import io.reactorstack.netty.StackLoopResources;
import java.net.InetSocketAddress;

/** A minimal proxy that supports only CONNECT (RFC 9110 section 9.3.6); it connects every name to this host. */
final class ConnectProxy extends ChannelInboundHandlerAdapter {

  private final StackLoopResources loops;
  private final StringBuilder request = new StringBuilder();

  ConnectProxy(StackLoopResources loops) {
    this.loops = loops;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    request.append(bytes.toString(CharsetUtil.US_ASCII));
    bytes.release();
    if (!request.toString().endsWith("\r\n\r\n")) {
      return;
    }
    String target = request.toString().split(" ")[1];
    int port = Integer.parseInt(target.substring(target.lastIndexOf(':') + 1));
    Channel client = ctx.channel();
    new Bootstrap().group(loops.onClient(true))
        .channelFactory(() -> loops.onChannel(SocketChannel.class, loops.onClient(true)))
        .handler(new Pipe(client))
        .connect(new InetSocketAddress(TwoHosts.WEB, port))
        .addListener((ChannelFutureListener) connected -> {
          if (!connected.isSuccess()) {
            client.close();
            return;
          }
          ctx.pipeline().replace(this, "pipe", new Pipe(connected.channel()));
          client.writeAndFlush(Unpooled.copiedBuffer("HTTP/1.1 200 Connected\r\n\r\n", CharsetUtil.US_ASCII));
        });
  }

  /** Forwards received data to the other connection. */
  private static final class Pipe extends ChannelInboundHandlerAdapter {

    private final Channel other;

    Pipe(Channel other) {
      this.other = other;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      other.writeAndFlush(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }
}
