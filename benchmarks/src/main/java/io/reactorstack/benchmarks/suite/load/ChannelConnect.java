package io.reactorstack.benchmarks.suite.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Connections one after the other, each with a request and a response, between channels; the client closes first. Counts
 * connections.
 */
public final class ChannelConnect implements Load {

  private final ChannelTransport transport;
  private final ChannelServers servers;
  private final Bootstrap bootstrap;
  private final Tally tally = new Tally();
  private volatile boolean running;
  private volatile Throwable failure;
  private CountDownLatch ended;
  private int next;

  /** Starts the servers. */
  public ChannelConnect(ChannelTransport transport) {
    this.transport = transport;
    this.servers = new ChannelServers(transport, ChannelRoundTrip.PORTS);
    this.bootstrap = transport.bootstrap().handler(new Client());
  }

  @Override
  public void start() {
    running = true;
    ended = new CountDownLatch(1);
    connect();
  }

  private void connect() {
    next = (next + 1) % Work.SERVICES;
    bootstrap.connect(transport.address().apply(Work.SERVICE + ChannelRoundTrip.PORTS + next))
        .addListener(connected -> {
          if (!connected.isSuccess()) {
            fail(connected.cause());
          }
        });
  }

  private void onClosed(Future<? super Void> closed) {
    tally.add(1);
    if (running) {
      connect();
    } else {
      ended.countDown();
    }
  }

  private void fail(Throwable cause) {
    failure = cause;
    ended.countDown();
  }

  @Override
  public long count() {
    return tally.sum();
  }

  @Override
  public void stop() throws InterruptedException, TimeoutException {
    running = false;
    if (!ended.await(Work.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new TimeoutException("a connection did not end");
    }
    if (failure != null) {
      throw new IllegalStateException("a connection failed", failure);
    }
  }

  @Override
  public void close() {
    servers.close();
    transport.end().run();
  }

  @ChannelHandler.Sharable
  private final class Client extends ChannelInboundHandlerAdapter {

    @Override
    public void channelActive(ChannelHandlerContext context) {
      context.channel().closeFuture().addListener(ChannelConnect.this::onClosed);
      context.writeAndFlush(Work.request());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (Work.consume((ByteBuf) message) != Work.RESPONSE_BYTES) {
        fail(new IllegalStateException("a response of another length"));
      }
      context.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      fail(cause);
      context.close();
    }
  }
}
