package io.reactorstack.netty;

import io.netty.channel.ChannelFuture;
import io.netty.channel.IoEventLoop;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Wire;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.UnprobedStack;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.Connection;
import reactor.netty.DisposableChannel;
import reactor.netty.FutureMono;

/** A client host and a server host on a wire of the lab. */
final class TwoHosts implements AutoCloseable {

  static final String CLIENT = "10.77.0.1";
  static final String SERVER = "10.77.0.2";
  static final String ABSENT = "10.77.0.99";

  private final Lab lab;
  private final Wire wire;
  private final NetworkStack client;
  private final NetworkStack server;
  private final StackLoopResources clientLoops;
  private final StackLoopResources serverLoops;

  private TwoHosts(Lab lab) {
    this.lab = lab;
    wire = lab.newWire("wire", i -> i.delay(Duration.ofMillis(1)));
    client = start("client", wire.left(), CLIENT);
    server = start("server", wire.right(), SERVER);
    clientLoops = StackLoopResources.of(client);
    serverLoops = StackLoopResources.of(server);
  }

  private NetworkStack start(String name, NetworkDevice.Factory device, String address) {
    return lab.await(UnprobedStack.create().name(name).runOn(lab.loop()).random(lab.random(name))
        .device(device, address + "/24").start());
  }

  static TwoHosts virtual(long seed) {
    return new TwoHosts(Lab.virtual(seed));
  }

  static TwoHosts realTime(long seed) {
    return new TwoHosts(Lab.realTime(seed));
  }

  /** Creates the hosts on a loop that the caller shuts down. */
  static TwoHosts realTime(long seed, IoEventLoop loop) {
    return new TwoHosts(Lab.builder().seed(seed).realTime(loop));
  }

  StackLoopResources clientLoops() {
    return clientLoops;
  }

  StackLoopResources serverLoops() {
    return serverLoops;
  }

  <T> T await(Mono<T> mono) {
    return lab.await(mono);
  }

  void awaitDone(ChannelFuture future) {
    lab.await(FutureMono.from(future).onErrorComplete());
  }

  void disposeNow(DisposableChannel channel) {
    run(channel::dispose);
    await(channel.onDispose());
  }

  void advance(Duration duration) {
    lab.advance(duration);
  }

  Duration now() {
    return lab.now();
  }

  Scheduler scheduler() {
    return lab.scheduler();
  }

  void run(Runnable action) {
    lab.run(action);
  }

  <T> T call(Callable<T> action) {
    return lab.call(action);
  }

  /** Sets the delay of each direction of the wire. */
  void slow(Duration delay) {
    wire.impair(i -> i.delay(delay));
  }

  void stopClient() {
    await(client.stop());
  }

  int clientConnections() {
    return lab.call(() -> Inside.shard(client).tcp().connections());
  }

  int serverConnections() {
    return lab.call(() -> Inside.shard(server).tcp().connections());
  }

  TcpInfo info(Connection connection) {
    return lab.call(() -> Objects.requireNonNull(((StackSocketChannel) connection.channel()).socket()).info());
  }

  /** Returns the number of bytes that the channel has taken from the receive buffer. */
  long pulled(Connection connection) {
    return lab.call(() -> {
      var socket = Objects.requireNonNull(((StackSocketChannel) connection.channel()).socket());
      return socket.info().bytesReceived() - socket.readableBytes();
    });
  }

  @Override
  public void close() {
    await(client.stop());
    await(server.stop());
    lab.close();
  }
}
