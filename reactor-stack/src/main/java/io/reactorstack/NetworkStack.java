package io.reactorstack;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import io.reactorstack.device.LoopbackDevice;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.icmp.Icmp;
import io.reactorstack.ip.IpInterface;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopGroup;
import io.reactorstack.tcp.Tcp;
import io.reactorstack.udp.Udp;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/**
 * One TCP/IP host: its interfaces, addresses and routes, and the sockets on them.
 *
 * <pre>{@code
 * NetworkStack stack = NetworkStack.create()
 *     .device(TapDevice.named("tap0"), "192.0.2.2/24")
 *     .gateway("192.0.2.1")
 *     .startNow();
 * stack.tcp().connect("192.0.2.1", 80)
 *     .flatMapMany(connection -> connection.send(request).thenMany(connection.receive()));
 * }</pre>
 *
 * <p>All methods may be called from any thread.
 */
public final class NetworkStack implements Disposable {

  private final String name;
  private final StackShard shard;
  private final Tcp tcp;
  private final @Nullable IoEventLoopGroup ownLoops;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final Sinks.Empty<Void> stopped = Sinks.empty();

  private NetworkStack(String name, StackShard shard, @Nullable IoEventLoopGroup ownLoops) {
    this.name = name;
    this.shard = shard;
    this.tcp = Tcp.of(shard.tcp()).settings(ignored -> shard.tcpSettings());
    this.ownLoops = ownLoops;
  }

  /** The configuration of a host without interfaces, to be completed and started. */
  public static StackConfiguration create() {
    return StackConfiguration.initial();
  }

  static Mono<NetworkStack> start(StackConfiguration configuration) {
    return Mono.create(sink -> {
      IoEventLoopGroup ownLoops = ownLoops(configuration);
      IoEventLoop loop = ownLoops == null ? Objects.requireNonNull(configuration.loop()) : ownLoops.next();
      // Drawn from here and not on the loop: see the default generator.
      RandomGenerator random = configuration.random();
      loop.execute(() -> start(configuration.random(random), ownLoops, loop, sink));
    });
  }

  private static void start(
      StackConfiguration configuration,
      @Nullable IoEventLoopGroup ownLoops,
      IoEventLoop loop,
      MonoSink<NetworkStack> sink) {
    NetworkStack stack;
    try {
      stack = assemble(configuration, ownLoops, loop);
    } catch (Throwable t) {
      // Whatever it was, the caller waits for an answer.
      shutdown(ownLoops);
      sink.error(t);
      return;
    }
    // Also called if the subscriber has gone meanwhile: then nobody would ever stop the host.
    sink.onCancel(stack::dispose);
    sink.success(stack);
  }

  static NetworkStack startNow(StackConfiguration configuration) {
    IoEventLoop given = configuration.loop();
    if (given != null && given.inEventLoop()) {
      return assemble(configuration, null, given);
    }
    NetworkStack stack = start(configuration).block();
    if (stack == null) {
      throw new IllegalStateException("start() ended without a stack");
    }
    return stack;
  }

  private static @Nullable IoEventLoopGroup ownLoops(StackConfiguration configuration) {
    if (configuration.loop() != null) {
      return null;
    }
    return configuration.devices().isEmpty()
        ? new LoopGroup(1, configuration.name(), LocalIoHandler.newFactory())
        : configuration.devices().getFirst().device().newLoopGroup(configuration.name());
  }

  private static NetworkStack assemble(
      StackConfiguration configuration, @Nullable IoEventLoopGroup ownLoops, IoEventLoop loop) {
    StackShard shard = new StackShard(
        loop, configuration.random(), configuration.tcp(), configuration.pathMtuLifetime(),
        configuration.allocator());
    try {
      shard.attach(
          IpInterface.LOOPBACK,
          new LoopbackDevice(shard.turn(), IpInterface.LOOPBACK_MTU),
          IpInterface.loopback().addresses());
      for (StackConfiguration.Attached attached : configuration.devices()) {
        NetworkDevice device = attached.device().open(loop);
        shard.attach(attached.name(), device, attached.addresses());
      }
      configuration.routes().forEach(shard::route);
    } catch (RuntimeException e) {
      shard.stop(() -> {});
      throw e;
    }
    return new NetworkStack(configuration.name(), shard, ownLoops);
  }

  /** The host's name. */
  public String name() {
    return name;
  }

  /** Connections and listeners. */
  public Tcp tcp() {
    return tcp;
  }

  /** Datagrams. */
  public Udp udp() {
    return shard.udp().api();
  }

  /** Echo requests. */
  public Icmp icmp() {
    return shard.icmp().api();
  }

  /** What the host has dropped, by reason. */
  public Drops drops() {
    return shard.drops();
  }

  /** The event loop that the host runs on, and whose ticker is its clock. */
  public IoEventLoop loop() {
    return shard.loop();
  }

  /** The floors of the host, for those who build transports on it; confined to {@link #loop()}. */
  public StackShard shard() {
    return shard;
  }

  /**
   * Stops the host: resets its connections, closes its sockets and devices, and its loop if it is the host's own.
   *
   * <p><b>Threading:</b> completes on another thread than the host's loop if the loop ends too. <b>Cancellation:</b> does not
   * take the stop back.
   */
  public Mono<Void> stop() {
    return Mono.defer(() -> {
      dispose();
      return stopped.asMono();
    });
  }

  /** Starts {@link #stop()} and does not wait for it. */
  @Override
  public void dispose() {
    if (stopping.compareAndSet(false, true)) {
      shard.turn().execute(() -> shard.stop(this::closeLoops));
    }
  }

  @Override
  public boolean isDisposed() {
    return stopping.get();
  }

  private void closeLoops() {
    if (ownLoops == null) {
      stopped.tryEmitEmpty();
    } else {
      shutdown(ownLoops);
      ownLoops.terminationFuture().addListener(future -> stopped.tryEmitEmpty());
    }
  }

  private static void shutdown(@Nullable IoEventLoopGroup loops) {
    if (loops != null) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
