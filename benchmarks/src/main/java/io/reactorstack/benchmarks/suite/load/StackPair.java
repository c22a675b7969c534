package io.reactorstack.benchmarks.suite.load;

import io.netty.channel.IoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.layer.LoopGroup;
import io.reactorstack.tcp.Tcp;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** Two stacks on a cable in memory: a client and a server with the {@link NativeServers}. */
public final class StackPair implements AutoCloseable {

  /** The address of the server. */
  public static final String SERVER = "10.91.0.2";

  /** The IPv6 address of the server. */
  public static final String SERVER6 = "fd00:91::2";

  private static final Duration TIME_WAIT = Duration.ofSeconds(1);

  private final LoopGroup loops;
  private final IoEventLoop clientLoop;
  private final IoEventLoop serverLoop;
  private final NetworkStack client;
  private final NetworkStack server;

  /**
   * Starts both stacks.
   *
   * @param threads 1 for both on one loop, 2 for each on its own
   */
  public StackPair(MemoryCable cable, int threads) {
    this(cable, threads, configuration -> configuration);
  }

  /**
   * Starts both stacks.
   *
   * @param threads 1 for both on one loop, 2 for each on its own
   * @param change changes the configuration of both
   */
  public StackPair(MemoryCable cable, int threads, UnaryOperator<StackConfiguration> change) {
    loops = new LoopGroup(threads, "memory", LocalIoHandler.newFactory());
    clientLoop = loops.next();
    serverLoop = loops.next();
    client = start("client", clientLoop, cable.left(), change, "10.91.0.1/24", "fd00:91::1/64");
    server = start("server", serverLoop, cable.right(), change, SERVER + "/24", SERVER6 + "/64");
    NativeServers.start(server, SERVER);
    NativeServers.start(server, SERVER6);
  }

  private static NetworkStack start(String name, IoEventLoop loop, NetworkDevice.Factory end,
      UnaryOperator<StackConfiguration> change, String... addresses) {
    return change.apply(NetworkStack.create().name(name).runOn(loop)
        .ipv4(settings -> settings.withAddressProbes(false))
        .ipv6(settings -> settings.withDuplicateAddressDetection(0).withRouterDiscovery(false))
        // With the default of one minute, a client that opens connections all the time runs out of ports.
        .tcp(settings -> settings.withClosing(closing -> closing.withTimeWait(TIME_WAIT)))
        .device(end, addresses)).start().block(Work.LIMIT);
  }

  /** The client. */
  public NetworkStack client() {
    return client;
  }

  /** The server. */
  public NetworkStack server() {
    return server;
  }

  /** The TCP of the client. */
  public Tcp tcp() {
    return client.tcp();
  }

  /** The loop of the client. */
  public IoEventLoop clientLoop() {
    return clientLoop;
  }

  /** The loop of the server. */
  public IoEventLoop serverLoop() {
    return serverLoop;
  }

  /** Returns the address of a port of the server. */
  public static InetSocketAddress at(int port) {
    return new InetSocketAddress(SERVER, port);
  }

  @Override
  public void close() {
    client.stop().block(Work.LIMIT);
    server.stop().block(Work.LIMIT);
    loops.shutdownGracefully();
  }
}
