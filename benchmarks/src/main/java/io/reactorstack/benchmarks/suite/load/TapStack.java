package io.reactorstack.benchmarks.suite.load;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A stack on a TAP interface, on a loop of its own on processor 0, and the {@link KernelHost} at the other end. */
public final class TapStack implements AutoCloseable {

  private final KernelHost host;
  private final IoEventLoopGroup loops;
  private final NetworkStack stack;

  private TapStack(KernelHost host, TapDevice device) throws IOException {
    this.host = host;
    loops = device.newLoopGroup("tap");
    KernelLoops.pin(loops);
    stack = NetworkStack.create().name("tap").runOn((IoEventLoop) loops.next())
        .ipv4(settings -> settings.withAddressProbes(false)).device(device, host.near() + "/24").start()
        .block(Work.LIMIT);
    host.adoptTap();
  }

  /**
   * Starts the stack, with the device as a user gets it, and the host.
   *
   * @param processor the processor of the host
   */
  public static TapStack start(int processor) throws IOException {
    KernelHost host = new KernelHost(processor);
    return new TapStack(host, TapDevice.named(host.link()));
  }

  /**
   * Starts the stack and the host.
   *
   * @param processor the processor of the host
   * @param offload whether the device exchanges long frames, and such without checksums, with the kernel
   */
  public static TapStack start(int processor, boolean offload) throws IOException {
    KernelHost host = new KernelHost(processor);
    return new TapStack(host, TapDevice.named(host.link()).offload(offload));
  }

  /** The host at the other end. */
  public KernelHost host() {
    return host;
  }

  /** The stack. */
  public NetworkStack stack() {
    return stack;
  }

  @Override
  public void close() {
    stack.stop().block(Work.LIMIT);
    loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    host.close();
  }
}
