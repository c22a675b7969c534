package io.reactorstack.netty.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A datagram channel that records the datagrams it receives. */
final class Station extends SimpleChannelInboundHandler<DatagramPacket> implements AutoCloseable {

  private final Watch watch = new Watch();
  private final List<String> got = new ArrayList<>();
  final List<InetSocketAddress> senders = new ArrayList<>();
  final DatagramChannel channel;
  private boolean echoing;
  private final Net net;

  Station(Net net, Bootstrap bootstrap, InetSocketAddress local) {
    this.net = net;
    channel = (DatagramChannel) net.done(bootstrap.handler(this).bind(local)).channel();
  }

  /** Creates a station that is not bound. */
  Station(Net net, Bootstrap bootstrap) {
    this.net = net;
    channel = (DatagramChannel) net.done(bootstrap.handler(this).register()).channel();
  }

  static Station client(Net net) {
    return new Station(net, net.clientDatagrams(), net.clientAddress(0));
  }

  static Station server(Net net) {
    return new Station(net, net.serverDatagrams(), net.serverAddress(0));
  }

  Station echoing() {
    echoing = true;
    return this;
  }

  InetSocketAddress address() {
    return channel.localAddress();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, DatagramPacket message) {
    take(message.content().toString(StandardCharsets.UTF_8), message.sender());
    if (echoing) {
      context.writeAndFlush(new DatagramPacket(message.content().retain(), message.sender()));
    }
  }

  private synchronized void take(String text, InetSocketAddress sender) {
    got.add(text);
    senders.add(sender);
    watch.look();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    take(Seen.describe(cause), address());
  }

  List<String> await(int count) {
    CompletableFuture<Void> met;
    synchronized (this) {
      met = watch.until(() -> got.size() >= count);
    }
    assertThat(net.until(met, Net.LIMIT)).as("%s datagrams in time, but %s", count, got()).isTrue();
    return got();
  }

  private synchronized List<String> got() {
    return List.copyOf(got);
  }

  List<String> settled() {
    net.settle();
    return got();
  }

  ChannelFuture send(String text, InetSocketAddress to) {
    return channel.writeAndFlush(new DatagramPacket(Talk.text(text), to));
  }

  @Override
  public void close() {
    net.await(channel.close());
  }
}
