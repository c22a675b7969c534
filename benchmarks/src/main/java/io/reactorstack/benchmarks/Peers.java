package io.reactorstack.benchmarks;

import io.netty.channel.IoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.layer.LoopGroup;
import io.reactorstack.netty.StackLoopResources;
import java.time.Duration;
import reactor.netty.resources.LoopResources;

/** The client's loop resources for Reactor Netty, and servers that the client can reach. */
final class Peers implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final LoopResources client;
  private final String address;
  private final Runnable close;

  private Peers(LoopResources client, String address, Runnable close) {
    this.client = client;
    this.address = address;
    this.close = close;
  }

  static Peers on(Network network) {
    return switch (network) {
      case KERNEL_LOOPBACK -> loopback();
      case STACKS_ONE_LOOP -> stacks(1);
      case STACKS_TWO_LOOPS -> stacks(2);
      case KERNEL_VETH -> veth();
      case STACK_TAP -> tap();
    };
  }

  private static Peers loopback() {
    LoopResources loops = LoopResources.create("kernel", 1, true);
    Servers servers = new Servers(loops, "127.0.0.1");
    return new Peers(loops, "127.0.0.1", () -> {
      servers.close();
      loops.disposeLater().block(LIMIT);
    });
  }

  private static Peers stacks(int threads) {
    LoopGroup loops = new LoopGroup(threads, "stack", LocalIoHandler.newFactory());
    MemoryCable cable = MemoryCable.ethernet(1500);
    NetworkStack client = NetworkStack.create().ipv4(settings -> settings.withAddressProbes(false)).name("client")
        .runOn((IoEventLoop) loops.next())
        .device(cable.left(), "10.91.0.1/24").start().block(LIMIT);
    NetworkStack server = NetworkStack.create().ipv4(settings -> settings.withAddressProbes(false)).name("server")
        .runOn((IoEventLoop) loops.next())
        .device(cable.right(), "10.91.0.2/24").start().block(LIMIT);
    Servers servers = new Servers(StackLoopResources.of(server), "10.91.0.2");
    return new Peers(StackLoopResources.of(client), "10.91.0.2", () -> {
      servers.close();
      client.stop().block(LIMIT);
      server.stop().block(LIMIT);
      loops.shutdownGracefully();
    });
  }

  private static Peers veth() {
    KernelPeer peer = KernelPeer.behindVeth("rsb0", "10.92.0.1", "10.92.0.2");
    LoopResources loops = LoopResources.create("kernel", 1, true);
    return new Peers(loops, "10.92.0.2", () -> {
      loops.disposeLater().block(LIMIT);
      peer.close();
    });
  }

  private static Peers tap() {
    NetworkStack client = NetworkStack.create().ipv4(settings -> settings.withAddressProbes(false)).name("client")
        .device(TapDevice.named("rsb1"), "10.93.0.1/24")
        .start().block(LIMIT);
    KernelPeer peer = KernelPeer.behindTap("rsb1", "10.93.0.2");
    return new Peers(StackLoopResources.of(client), "10.93.0.2", () -> {
      client.stop().block(LIMIT);
      peer.close();
    });
  }

  LoopResources client() {
    return client;
  }

  String address() {
    return address;
  }

  @Override
  public void close() {
    close.run();
  }
}
