package io.reactorstack.netty.agreement;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.netty.StackLoopResources;
import java.net.InetSocketAddress;

/** Two stacks on a cable in memory, each on a loop of its own, in real time. */
final class StackNet implements Net {

  private static final String CLIENT = "10.77.0.1";
  private static final String SERVER = "10.77.0.2";

  private final NetworkStack client;
  private final NetworkStack server;
  private final StackLoopResources clientLoops;
  private final StackLoopResources serverLoops;

  StackNet() {
    MemoryCable cable = MemoryCable.ethernet(1500);
    client = NetworkStack.create().name("client").device(cable.left(), CLIENT + "/24").startNow();
    server = NetworkStack.create().name("server").device(cable.right(), SERVER + "/24").startNow();
    clientLoops = StackLoopResources.of(client);
    serverLoops = StackLoopResources.of(server);
  }

  @Override
  public Bootstrap client() {
    var group = clientLoops.onClient(true);
    return new Bootstrap().group(group).channelFactory(() -> clientLoops.onChannel(SocketChannel.class, group));
  }

  @Override
  public ServerBootstrap server() {
    var group = serverLoops.onServer(true);
    return new ServerBootstrap().group(group)
        .channelFactory(() -> serverLoops.onChannel(ServerSocketChannel.class, group));
  }

  @Override
  public Bootstrap clientDatagrams() {
    return datagrams(clientLoops);
  }

  @Override
  public Bootstrap serverDatagrams() {
    return datagrams(serverLoops);
  }

  private static Bootstrap datagrams(StackLoopResources loops) {
    var group = loops.onClient(true);
    return new Bootstrap().group(group).channelFactory(() -> loops.onChannel(DatagramChannel.class, group));
  }

  @Override
  public InetSocketAddress clientAddress(int port) {
    return new InetSocketAddress(CLIENT, port);
  }

  @Override
  public InetSocketAddress serverAddress(int port) {
    return new InetSocketAddress(SERVER, port);
  }

  @Override
  public InetSocketAddress foreignAddress() {
    return new InetSocketAddress("192.0.2.77", 0);
  }

  @Override
  public InetSocketAddress broadcastAddress(int port) {
    return new InetSocketAddress("10.77.0.255", port);
  }

  @Override
  public EventLoop loop() {
    return client.loop();
  }

  @Override
  public void close() {
    client.stop().block();
    server.stop().block();
  }

  @Override
  public String toString() {
    return "stack";
  }
}
