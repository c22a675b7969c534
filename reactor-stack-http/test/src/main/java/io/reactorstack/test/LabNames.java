package io.reactorstack.test;

import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Junction;
import io.reactorstack.lab.Lab;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * Resolves the names of a lab's hosts by DNS, over the simulated network, where answers can be late, lost, or cached
 * when they are no longer correct.
 *
 * <p>Without this class, the hosts of a lab resolve each other's names from the lab's inventory: immediately, without a
 * frame, and without failures. Use it to test how a program behaves when name resolution is slow or fails:
 *
 * <pre>{@code
 * LabNames names = LabNames.of(lab).timeToLive(Duration.ofSeconds(5));
 * Host dns = names.dnsHost(lan, "10.0.0.53/24");
 * Host shop = lab.host("shop").stack(names.askedAt(dns)).on(lan, "10.0.0.1/24").start();
 * }</pre>
 *
 * <p>The zone contains all hosts of the lab, also those added later, with their configured addresses, as {@code bank}
 * and as {@code bank.lab}. A host that has stopped keeps its name. The order of several addresses rotates with each
 * answer, as with most name servers.
 *
 * <p>Immutable: each method that sets something returns a changed copy.
 */
public final class LabNames {

  private final Lab lab;
  private final Duration timeToLive;
  private final Duration negativeTimeToLive;

  private LabNames(Lab lab, Duration timeToLive, Duration negativeTimeToLive) {
    this.lab = lab;
    this.timeToLive = timeToLive;
    this.negativeTimeToLive = negativeTimeToLive;
  }

  /**
   * Returns the names of {@code lab}. By default, addresses have a time to live of 60 s and "no such name" one of 30 s.
   */
  public static LabNames of(Lab lab) {
    return new LabNames(Checks.given("lab", lab), Duration.ofSeconds(60), Duration.ofSeconds(30));
  }

  /**
   * Sets the time for which resolvers cache an address, in whole seconds up to 2<sup>31</sup> - 1 s; with zero they do
   * not cache it.
   */
  public LabNames timeToLive(Duration time) {
    return new LabNames(lab, seconds("timeToLive", time), negativeTimeToLive);
  }

  /**
   * Sets the time for which resolvers cache the answer that a name does not exist, in whole seconds; with zero they do
   * not cache it.
   */
  public LabNames negativeTimeToLive(Duration time) {
    return new LabNames(lab, timeToLive, seconds("negativeTimeToLive", time));
  }

  private static Duration seconds(String name, Duration time) {
    // RFC 2181 section 8: a TTL has 31 bits.
    return Checks.range(name, time, Duration.ZERO, Duration.ofSeconds(Integer.MAX_VALUE));
  }

  /**
   * Starts a host named {@code dns} at {@code junction} whose software is a DNS server for all names of the lab; the
   * host may crash and restart.
   *
   * @param prefix its address, such as {@code 10.0.0.53/24}
   * @throws IllegalArgumentException if the address is invalid or taken, or a host named {@code dns} exists
   */
  public Host dnsHost(Junction junction, String prefix) {
    return lab.host("dns").on(junction, prefix).runs(host -> serve(host).subscribe()).start();
  }

  /**
   * Serves all names of the lab on port 53 of {@code host}, which may be any host; emits a {@link Disposable} that
   * stops the server. As software of a host: {@code lab.host(…).runs(host -> names.serve(host).subscribe())}.
   *
   * <p>Fails with a {@link java.net.BindException} if the port is taken. <b>Backpressure:</b> one value, on demand.
   * <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on any thread; signals and serves on
   * the host's event loop. <b>Cancellation:</b> before the emission, closes the port.
   */
  public Mono<Disposable> serve(Host host) {
    Checks.given("host", host);
    return Mono.defer(() -> ZoneServer.create(host.stack()).zone(zone()).bind());
  }

  /**
   * Returns an argument for {@code lab.host(…).stack(…)} that lets a host query {@code servers}, in their order,
   * instead of the lab's inventory. The host waits 2 s for an answer, then 4 s and 8 s.
   */
  public UnaryOperator<StackConfiguration> askedAt(Host... servers) {
    List<IpAddress> addresses = Checks.all("servers", servers).stream().map(Host::address).toList();
    return configuration -> configuration.resolver(stack -> resolver(stack, addresses));
  }

  /**
   * Returns the resolver that {@link #askedAt} uses, for further configuration: {@code s -> s.resolver(stack ->
   * names.resolver(stack, dns).retries(0))}.
   */
  public DnsResolver resolver(NetworkStack stack, Host... servers) {
    return resolver(Checks.given("stack", stack), Checks.all("servers", servers).stream().map(Host::address).toList());
  }

  private static DnsResolver resolver(NetworkStack stack, List<IpAddress> servers) {
    return DnsResolver.create(stack).servers(servers.toArray(IpAddress[]::new)).searchDomains(1, HostZone.DOMAIN);
  }

  private HostZone zone() {
    return new HostZone(
        () -> lab.hosts().stream().map(host -> new HostZone.Entry(host.name(), host.addresses())).toList(),
        timeToLive, negativeTimeToLive);
  }
}
