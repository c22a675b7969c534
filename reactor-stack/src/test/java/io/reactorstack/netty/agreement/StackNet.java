package io.reactorstack.netty.agreement;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.StalledException;
import io.reactorstack.lab.Wire;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.testing.UnprobedStack;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.opentest4j.TestAbortedException;
import reactor.core.publisher.Mono;

/** Two stacks on a wire of the lab, in virtual time: a case has the same result in each run. */
final class StackNet implements Net {

  private final Family family;
  private final Lab lab;
  private final NetworkStack client;
  private final NetworkStack server;
  private final StackLoopResources clientLoops;
  private final StackLoopResources serverLoops;

  StackNet(Family family) {
    this.family = family;
    lab = Lab.virtual(1);
    if (family == Family.IPV4) {
      Wire wire = lab.newWire("wire", each -> each.delay(Duration.ofMillis(1)));
      client = start("client", wire.left(), Family.IPV4.client + "/24");
      server = start("server", wire.right(), Family.IPV4.server + "/24");
    } else {
      MemoryCable cable = MemoryCable.ip(1500);
      client = start("client", cable.left(), Family.IPV6.client + "/64", Family.IPV4.client + "/24");
      server = start("server", cable.right(), Family.IPV6.server + "/64", Family.IPV4.server + "/24");
    }
    clientLoops = StackLoopResources.of(client);
    serverLoops = StackLoopResources.of(server);
  }

  private NetworkStack start(String name, NetworkDevice.Factory device, String... addresses) {
    return lab.await(UnprobedStack.create().name(name).runOn(lab.loop()).random(lab.random(name))
        .device(device, addresses).start());
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
    return new InetSocketAddress(family.client, port);
  }

  @Override
  public InetSocketAddress serverAddress(int port) {
    return new InetSocketAddress(family.server, port);
  }

  @Override
  public InetSocketAddress otherServerAddress(int port) {
    return new InetSocketAddress(family.other().server, port);
  }

  @Override
  public InetSocketAddress foreignAddress() {
    return new InetSocketAddress(family.foreign, 0);
  }

  @Override
  public InetSocketAddress broadcastAddress(int port) {
    return new InetSocketAddress("10.77.0.255", port);
  }

  /** Returns any interface except the loopback, which would select the stack's own loopback. */
  @Override
  public NetworkInterface link() {
    try {
      return NetworkInterface.networkInterfaces().filter(StackNet::isNoLoopback).findFirst()
          .orElseThrow(() -> new TestAbortedException("the machine has no interface except the loopback"));
    } catch (SocketException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isNoLoopback(NetworkInterface candidate) {
    try {
      return !candidate.isLoopback();
    } catch (SocketException e) {
      return false;
    }
  }

  @Override
  public boolean until(CompletableFuture<?> met, Duration limit) {
    try {
      lab.await(Mono.fromFuture(met, true), limit);
      return true;
    } catch (StalledException e) {
      return false;
    }
  }

  @Override
  public Duration patience() {
    return Duration.ofMillis(60);
  }

  @Override
  public void settle() {
    lab.advance(patience());
  }

  @Override
  public Duration now() {
    return lab.now();
  }

  @Override
  public void close() {
    lab.await(client.stop());
    lab.await(server.stop());
    lab.close();
  }

  @Override
  public String toString() {
    return "stack";
  }
}
