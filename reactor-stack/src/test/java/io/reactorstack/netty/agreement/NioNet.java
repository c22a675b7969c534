package io.reactorstack.netty.agreement;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The reference: Netty's NIO transport on the kernel's loopback. */
final class NioNet implements Net {

  private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(
      2, new DefaultThreadFactory("nio", true), NioIoHandler.newFactory());
  private final Family family;
  private final Duration patience;

  /** Creates a net that assumes that packets in flight have arrived after {@code patience}. */
  NioNet(Family family, Duration patience) {
    this.family = family;
    this.patience = patience;
  }

  @Override
  public Bootstrap client() {
    return new Bootstrap().group(group).channel(NioSocketChannel.class);
  }

  @Override
  public ServerBootstrap server() {
    return new ServerBootstrap().group(group).channel(NioServerSocketChannel.class);
  }

  @Override
  public Bootstrap clientDatagrams() {
    return new Bootstrap().group(group).channelFactory(() -> new NioDatagramChannel(family.protocol));
  }

  @Override
  public Bootstrap serverDatagrams() {
    return clientDatagrams();
  }

  @Override
  public InetSocketAddress clientAddress(int port) {
    return new InetSocketAddress(family.loopback, port);
  }

  @Override
  public InetSocketAddress serverAddress(int port) {
    return new InetSocketAddress(family.loopback, port);
  }

  @Override
  public InetSocketAddress otherServerAddress(int port) {
    return new InetSocketAddress(family.other().loopback, port);
  }

  @Override
  public InetSocketAddress foreignAddress() {
    return new InetSocketAddress(family.foreign, 0);
  }

  @Override
  public InetSocketAddress broadcastAddress(int port) {
    return new InetSocketAddress("127.255.255.255", port);
  }

  @Override
  public NetworkInterface link() {
    try {
      return NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
    } catch (SocketException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public boolean until(CompletableFuture<?> met, Duration limit) {
    try {
      met.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public Duration patience() {
    return patience;
  }

  @Override
  public void settle() {
    await(group.next().schedule(() -> {}, patience.toMillis(), TimeUnit.MILLISECONDS));
  }

  @Override
  public Duration now() {
    return Duration.ofNanos(System.nanoTime());
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Override
  public String toString() {
    return "NIO";
  }
}
