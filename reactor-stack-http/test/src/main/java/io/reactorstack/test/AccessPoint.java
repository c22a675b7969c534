package io.reactorstack.test;

import io.reactorstack.dns.DnsResolver;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.HostBuilder;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.lab.Wire;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/**
 * The access point of a home: one box that is a router with address translation (NAPT), a DHCP server and a DNS
 * forwarder for the network inside, and a host of the provider's network outside.
 *
 * <pre>{@code
 * AccessPoint home = AccessPoint.at(lab, "home").outside(access, "192.0.2.10/24", "192.0.2.1")
 *     .dnsServers("203.0.113.53").start();
 * Host laptop = home.host("laptop");
 * lab.await(home.configured(Duration.ofSeconds(30)));
 * }</pre>
 *
 * <pre>
 * laptop ──┐ home-lan              ┌───────────────┐
 *          ├─────────── 192.168.1.1│ if1  home  if0│192.0.2.10 ─── access
 * phone  ──┘                       └───────────────┘
 * </pre>
 *
 * <p>The box is a host of the lab that {@linkplain Host#crash crashes} and {@linkplain Host#restart restarts} like any
 * other; after that its mappings are gone, so connections through it are too. An {@link Internet} has access points at
 * its first network: {@link Internet#home}.
 */
public final class AccessPoint {

  private final Lab lab;
  private final AccessPointBuilder plan;
  private final Switch inside;
  private final Host host;
  private final List<Host> hosts = new CopyOnWriteArrayList<>();

  AccessPoint(Lab lab, AccessPointBuilder plan, Switch inside, Host host) {
    this.lab = lab;
    this.plan = plan;
    this.inside = inside;
    this.host = host;
  }

  /**
   * Begins to describe an access point.
   *
   * @param name the name of the box; its switch is {@code name-lan}
   */
  public static AccessPointBuilder at(Lab lab, String name) {
    return new AccessPointBuilder(Checks.given("lab", lab), Checks.text("name", name));
  }

  /** The name of the box. */
  public String name() {
    return host.name();
  }

  /** The box: its outside interface is {@code if0}, its inside interface {@code if1}. */
  public Host host() {
    return host;
  }

  /** The switch inside, to which a test may connect hosts, mirrors and wires of its own. */
  public Switch inside() {
    return inside;
  }

  /** The IPv4 network inside, such as {@code 192.168.1.0/24}. */
  public IpPrefix network() {
    return plan.own().network();
  }

  /** The address of the box inside, which is the gateway and the DNS server of the hosts at home. */
  public IpAddress insideAddress() {
    return plan.own().address();
  }

  /**
   * The IPv4 address of the box outside.
   *
   * @throws IllegalStateException if it has not got one by DHCP
   */
  public IpAddress address() {
    return host.address();
  }

  /** The wire of the outside interface; its right end is at the provider. */
  public Wire line() {
    return host.wire();
  }

  /** The hosts that {@link #host(String)} and its variants have started, in that order. */
  public List<Host> hosts() {
    return List.copyOf(hosts);
  }

  /**
   * Starts a host inside that configures itself: by DHCP, and by router advertisements if the access point has IPv6. It
   * starts without waiting for them; {@link #configured} waits. The hosts get the addresses of the pool in the order of
   * their starts.
   */
  public Host host(String name) {
    return host(name, builder -> builder);
  }

  /**
   * Starts a host as {@link #host(String)} does.
   *
   * @param change adds programs, settings of the stack, or an impairment of its wire
   */
  public Host host(String name, UnaryOperator<HostBuilder> change) {
    HostBuilder described = Checks.given("host", Checks.given("change of the host", change).apply(lab.host(name)));
    return start(described.on(inside).stack(AccessPointBuilder::immediately)
        .stack(stack -> stack.resolver(DnsResolver::create)));
  }

  /**
   * Starts a host inside with a fixed IPv4 address, such as a server that ports are forwarded to.
   *
   * @param address an address of the network inside, without a prefix length, that is not in the pool of the DHCP server
   * @throws IllegalArgumentException if the address is not in the network, or in the pool
   */
  public Host host(String name, String address) {
    return host(name, address, builder -> builder);
  }

  /** Starts a host as {@link #host(String, String)} does, with changes as in {@link #host(String, UnaryOperator)}. */
  public Host host(String name, String address, UnaryOperator<HostBuilder> change) {
    IpAddress own = IpAddress.parse(Checks.text("address", address));
    if (!network().contains(own) || plan.isInPool(own)) {
      throw new IllegalArgumentException("the address " + own + " is not in the network " + network()
          + " outside of the pool " + plan.poolText());
    }
    HostBuilder described = Checks.given("host", Checks.given("change of the host", change).apply(lab.host(name)));
    return start(described.on(inside, own + "/" + network().length()).gateway(insideAddress().toString())
        .stack(stack -> stack.resolver(started -> DnsResolver.create(started).servers(insideAddress()))));
  }

  private Host start(HostBuilder described) {
    Host started = (plan.hasIpv6() ? described.stack(stack -> stack.slaac("if0")) : described).start();
    hosts.add(started);
    return started;
  }

  /**
   * Completes when the box and its {@link #hosts} have their addresses.
   *
   * <p>Fails as {@link io.reactorstack.NetworkStack#configured} does, after {@code timeout} at the latest. <b>Backpressure:</b> none needed.
   * <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on any thread; completes on the lab's.
   * <b>Cancellation:</b> has no effect on the hosts.
   */
  public Mono<Void> configured(Duration timeout) {
    Checks.positive("timeout", timeout);
    return Mono.defer(() -> host.stack().configured(timeout)
        .then(Mono.when(hosts.stream().map(each -> each.stack().configured(timeout)).toList())));
  }

  @Override
  public String toString() {
    return host + " and the network " + network();
  }
}
