package io.reactorstack.benchmarks;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.layer.LoopGroup;
import io.reactorstack.netty.StackLoopResources;
import io.netty.channel.IoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import java.time.Duration;
import reactor.netty.resources.LoopResources;

/** A client's and a server's transport for Reactor Netty, and the address the server is reached at. */
final class Peers implements AutoCloseable {

  /** What carries the bytes. */
  public enum Network {
    /** Reactor Netty on the kernel's loopback, one loop for both sides. */
    KERNEL_LOOPBACK,
    /** Two stacks on a cable in memory, both on one loop. */
    STACKS_ONE_LOOP,
    /** Two stacks on a cable in memory, each on a loop of its own. */
    STACKS_TWO_LOOPS
  }

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final LoopResources client;
  private final LoopResources server;
  private final String address;
  private final Runnable close;

  private Peers(LoopResources client, LoopResources server, String address, Runnable close) {
    this.client = client;
    this.server = server;
    this.address = address;
    this.close = close;
  }

  static Peers on(Network network) {
    return switch (network) {
      case KERNEL_LOOPBACK -> kernel();
      case STACKS_ONE_LOOP -> stacks(1);
      case STACKS_TWO_LOOPS -> stacks(2);
    };
  }

  private static Peers kernel() {
    LoopResources loops = LoopResources.create("kernel", 1, true);
    return new Peers(loops, loops, "127.0.0.1", () -> loops.disposeLater().block(LIMIT));
  }

  private static Peers stacks(int threads) {
    LoopGroup loops = new LoopGroup(threads, "stack", LocalIoHandler.newFactory());
    MemoryCable cable = MemoryCable.ethernet(1500);
    NetworkStack client = NetworkStack.create().name("client").runOn((IoEventLoop) loops.next())
        .device(cable.left(), "10.9.0.1/24").start().block(LIMIT);
    NetworkStack server = NetworkStack.create().name("server").runOn((IoEventLoop) loops.next())
        .device(cable.right(), "10.9.0.2/24").start().block(LIMIT);
    return new Peers(StackLoopResources.of(client), StackLoopResources.of(server), "10.9.0.2", () -> {
      client.stop().block(LIMIT);
      server.stop().block(LIMIT);
      loops.shutdownGracefully();
    });
  }

  LoopResources client() {
    return client;
  }

  LoopResources server() {
    return server;
  }

  String address() {
    return address;
  }

  @Override
  public void close() {
    close.run();
  }
}
