package io.reactorstack.http.fetch;

import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.spi.HostLoop;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A separate host on an interface of the Linux kernel or behind passt, in real time. */
final class RealNetwork implements FetchNetwork {

  private final NetworkStack client;
  private final DnsResolver resolver;
  private final HostLoop loop;
  private final long origin;

  /**
   * Opens the device and starts the host.
   *
   * @param watching puts observers around the device
   * @throws io.reactorstack.device.DeviceException if the device cannot be opened
   */
  RealNetwork(
      NetworkDevice.Factory device,
      IpPrefix address,
      @Nullable IpAddress gateway,
      List<IpAddress> servers,
      UnaryOperator<NetworkDevice.Factory> watching) {
    StackConfiguration configuration = NetworkStack.create().name("fetch").device(watching.apply(device),
        address.toString());
    client = (gateway == null ? configuration : configuration.gateway(gateway.toString())).startNow();
    loop = HostLoop.of(client);
    origin = loop.nanoTime();
    resolver = DnsResolver.create(client).servers(servers.toArray(IpAddress[]::new));
  }

  @Override
  public NetworkStack client() {
    return client;
  }

  @Override
  public DnsResolver resolver() {
    return resolver;
  }

  @Override
  public Duration now() {
    return Duration.ofNanos(loop.nanoTime() - origin);
  }

  @Override
  public Scheduler scheduler() {
    return loop.scheduler();
  }

  @Override
  public <T> @Nullable T await(Mono<T> mono) {
    return mono.subscribeOn(loop.scheduler()).block();
  }

  @Override
  public void close() {
    client.stop().block();
  }
}
