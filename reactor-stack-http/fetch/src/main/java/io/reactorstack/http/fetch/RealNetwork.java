package io.reactorstack.http.fetch;

import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.spi.HostLoop;
import java.time.Duration;
import java.util.List;
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
   * Opens the device, starts the host and waits until it has an address.
   *
   * @param dhcp the name of the interface if it is configured by DHCP, otherwise {@code null}
   * @param servers the DNS servers; if it is empty, those of the DHCP lease are used
   * @param limit the longest time to wait for the address
   * @throws io.reactorstack.device.DeviceException if the device cannot be opened
   */
  RealNetwork(
      StackConfiguration configuration, @Nullable String dhcp, List<IpAddress> servers, Duration limit) {
    client = configuration.startNow();
    try {
      client.configured(limit).block();
    } catch (RuntimeException e) {
      client.stop().block();
      throw e;
    }
    loop = HostLoop.of(client);
    origin = loop.nanoTime();
    DhcpLease lease = dhcp == null ? null : lease(dhcp);
    resolver = resolver(servers, lease);
  }

  /** Returns the lease of the interface; {@code null} if the host has only a link-local address. */
  private @Nullable DhcpLease lease(String interfaceName) {
    DhcpStatus status = client.dhcp(interfaceName).status().blockFirst();
    return status == null ? null : status.lease();
  }

  private DnsResolver resolver(List<IpAddress> servers, @Nullable DhcpLease lease) {
    DnsResolver bare = DnsResolver.create(client);
    if (lease == null) {
      return bare.servers(servers.toArray(IpAddress[]::new));
    }
    List<? extends IpAddress> all = servers.isEmpty() ? lease.dnsServers() : servers;
    return bare.servers(all.toArray(IpAddress[]::new)).searchDomains(1, lease.domainSearch().toArray(String[]::new));
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
