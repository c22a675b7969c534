package io.reactorstack.benchmarks.suite.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** One byte that goes to and fro between a channel and a server on channels. Counts round trips. */
public final class ChannelRoundTrip implements Load {

  /** The servers of the channels use other ports than the {@link NativeServers} of the same stack. */
  static final int PORTS = 1000;

  private final ChannelTransport transport;
  private final ChannelServers servers;
  private final Tally tally = new Tally();
  private Channel channel;

  /** Starts the servers. */
  public ChannelRoundTrip(ChannelTransport transport) {
    this.transport = transport;
    this.servers = new ChannelServers(transport, PORTS);
  }

  @Override
  public void start() {
    channel = transport.bootstrap().handler(new PingPong())
        .connect(transport.address().apply(Work.ECHO + PORTS)).syncUninterruptibly().channel();
  }

  @Override
  public long count() {
    return tally.sum();
  }

  @Override
  public void stop() {
    channel.close().syncUninterruptibly();
  }

  @Override
  public void close() {
    servers.close();
    transport.end().run();
  }

  private final class PingPong extends ChannelInboundHandlerAdapter {

    @Override
    public void channelActive(ChannelHandlerContext context) {
      context.writeAndFlush(Work.one());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      Work.consume((ByteBuf) message);
      tally.add(1);
      context.writeAndFlush(Work.one());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable reset) {
      context.close();
    }
  }
}
