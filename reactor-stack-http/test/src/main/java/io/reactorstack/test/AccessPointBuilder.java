package io.reactorstack.test;

import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.server.DnsForwarder;
import io.reactorstack.lab.DhcpServer;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.HostBuilder;
import io.reactorstack.lab.HostSoftware;
import io.reactorstack.lab.Impairment;
import io.reactorstack.lab.Junction;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.nat.NatForwarding;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The settings of an {@link AccessPoint} to be started. Immutable: each method returns a changed copy, except
 * {@link #start}.
 *
 * <p>IPv6 is not translated: the network inside has a prefix of its own, which the provider routes to the box. The box does
 * not ask the provider for it (DHCPv6 prefix delegation, RFC 8415); the test names it.
 */
public final class AccessPointBuilder {

  private static final IpPrefix DEFAULT_INSIDE = IpPrefix.parse("192.168.1.1/24");

  /** The interface outside: with a fixed address and a gateway, or with neither by DHCP. */
  private record Outside(@Nullable Junction junction, @Nullable IpPrefix own, @Nullable IpAddress gateway,
      Impairment line, List<IpAddress> dnsServers) {

    Outside with(@Nullable IpPrefix address, @Nullable IpAddress router, List<IpAddress> servers) {
      return new Outside(junction, address, router, line, servers);
    }
  }

  /** The network inside. */
  private record Inside(IpPrefix own, Ipv4Address first, Ipv4Address last, UnaryOperator<DhcpServer> dhcp) {}

  /**
   * The IPv6 addresses of both interfaces; {@code used} is false as long as a provider only offers them. Without an
   * address outside, the routers there configure it.
   */
  private record Ipv6(IpPrefix inside, @Nullable IpPrefix outside, @Nullable IpAddress gateway, boolean used) {}

  /** The translation of addresses. */
  private record Nat(List<NatForwarding> forwardings, UnaryOperator<NatSettings> change) {}

  private final Lab lab;
  private final String name;
  private final Outside outside;
  private final Inside inside;
  private final Nat nat;
  private final @Nullable Ipv6 ipv6;
  private final UnaryOperator<HostBuilder> box;

  AccessPointBuilder(Lab lab, String name) {
    this(lab, name, new Outside(null, null, null, Impairment.none(), List.of()),
        inside(DEFAULT_INSIDE, UnaryOperator.identity()), new Nat(List.of(), UnaryOperator.identity()), null,
        UnaryOperator.identity());
  }

  private AccessPointBuilder(Lab lab, String name, Outside outside, Inside inside, Nat nat, @Nullable Ipv6 ipv6,
      UnaryOperator<HostBuilder> box) {
    this.lab = lab;
    this.name = name;
    this.outside = outside;
    this.inside = inside;
    this.nat = nat;
    this.ipv6 = ipv6;
    this.box = box;
  }

  private AccessPointBuilder with(Outside changed) {
    return new AccessPointBuilder(lab, name, changed, inside, nat, ipv6, box);
  }

  private AccessPointBuilder with(Inside changed) {
    return new AccessPointBuilder(lab, name, outside, changed, nat, ipv6, box);
  }

  private AccessPointBuilder with(Nat changed) {
    return new AccessPointBuilder(lab, name, outside, inside, changed, ipv6, box);
  }

  private AccessPointBuilder with(Ipv6 changed) {
    return new AccessPointBuilder(lab, name, outside, inside, nat, changed, box);
  }

  /**
   * Connects the outside interface to {@code junction}, where it gets its address, its gateway and, unless
   * {@link #dnsServers} names some, its DNS servers by DHCP.
   */
  public AccessPointBuilder outside(Junction junction) {
    return with(new Outside(Checks.given("junction outside", junction), null, null, outside.line, List.of()));
  }

  /**
   * Connects the outside interface to {@code junction} with a fixed address. Without {@link #dnsServers} the forwarder
   * then answers every query by SERVFAIL.
   *
   * @param address with the prefix length of the network, such as {@code 192.0.2.10/24}
   * @param gateway the provider's router
   */
  public AccessPointBuilder outside(Junction junction, String address, String gateway) {
    return with(new Outside(Checks.given("junction outside", junction),
        ipv4("address outside", address), IpAddress.parse(Checks.text("gateway", gateway)), outside.line, List.of()));
  }

  /** Gets the address outside, the gateway and the DNS servers by DHCP, at the junction that is set. */
  public AccessPointBuilder outsideByDhcp() {
    return with(outside.with(null, null, List.of()));
  }

  /** Impairs the wire of the outside interface in both directions. */
  public AccessPointBuilder line(UnaryOperator<Impairment> both) {
    Impairment line = Checks.given("line", Checks.given("line", both).apply(Impairment.none()));
    return with(new Outside(outside.junction, outside.own, outside.gateway, line, outside.dnsServers));
  }

  /** Sets the servers that the DNS forwarder queries, most preferred first; by default those learnt by DHCP. */
  public AccessPointBuilder dnsServers(String... addresses) {
    return with(outside.with(outside.own, outside.gateway,
        Checks.all("dnsServers", addresses).stream().map(IpAddress::parse).toList()));
  }

  /**
   * Sets the address of the box inside with the prefix length of the network there; {@code 192.168.1.1/24} by default.
   * The pool of the DHCP server becomes the hosts number 100 to 199 of the network, or the upper half of a network of less
   * than 256 addresses.
   *
   * @throws IllegalArgumentException if it is not an IPv4 address with a prefix length from 8 to 29
   */
  public AccessPointBuilder inside(String address) {
    return with(inside(ipv4("inside", address), inside.dhcp));
  }

  /**
   * Sets the addresses that the DHCP server assigns.
   *
   * @throws IllegalArgumentException if they are not in the network inside, which is to be set first
   */
  public AccessPointBuilder pool(String first, String last) {
    Ipv4Address from = Ipv4Address.parse(Checks.text("first", first));
    Ipv4Address to = Ipv4Address.parse(Checks.text("last", last));
    if (!inside.own.contains(from) || !inside.own.contains(to)) {
      throw new IllegalArgumentException(
          "the pool " + from + " to " + to + " is not in the network " + inside.own.network());
    }
    DhcpServer.of(first, last);
    return with(new Inside(inside.own, from, to, inside.dhcp));
  }

  /** Changes the DHCP server, such as the duration of its leases or the DNS servers that it names. */
  public AccessPointBuilder dhcp(UnaryOperator<DhcpServer> change) {
    Checks.given("dhcp change", change);
    UnaryOperator<DhcpServer> before = inside.dhcp;
    Inside changed = new Inside(inside.own, inside.first, inside.last,
        server -> Checks.given("dhcp", change.apply(before.apply(server))));
    dhcpServer(changed);
    return with(changed);
  }

  /**
   * Forwards {@code port} of the address outside to a host inside.
   *
   * @throws IllegalArgumentException if a port is not 1 to 65535, or the host is not in the network inside
   */
  public AccessPointBuilder forward(NatProtocol protocol, int port, String host, int hostPort) {
    List<NatForwarding> more = new ArrayList<>(nat.forwardings);
    more.add(NatForwarding.of(protocol, port,
        new Endpoint(IpAddress.parse(Checks.text("host", host)),
            Checks.range("hostPort", hostPort, 1, 65_535, "(port)"))));
    Nat changed = new Nat(List.copyOf(more), nat.change);
    settings(changed, NatSettings.DEFAULT);
    return with(changed);
  }

  /** Changes the other settings of the translation. */
  public AccessPointBuilder nat(UnaryOperator<NatSettings> change) {
    Checks.given("nat change", change);
    UnaryOperator<NatSettings> before = nat.change;
    Nat changed = new Nat(nat.forwardings, settings -> Checks.given("nat", change.apply(before.apply(settings))));
    settings(changed, NatSettings.DEFAULT);
    return with(changed);
  }

  /**
   * Advertises an IPv6 prefix inside, of which {@code address} is the address of the box. Outside, the provider's routers
   * configure the box by their advertisements, and have to route the prefix to it.
   *
   * @param address an address with the prefix length 64, such as {@code 2001:db8:101::1/64}
   */
  public AccessPointBuilder ipv6(String address) {
    return with(new Ipv6(ipv6("ipv6", address), null, null, true));
  }

  /**
   * As {@link #ipv6(String)}, with a fixed IPv6 address outside.
   *
   * @param outside the address of the box outside with the prefix length, such as {@code 2001:db8:1::10/64}
   * @param gateway the provider's router
   */
  public AccessPointBuilder ipv6(String address, String outside, String gateway) {
    return with(new Ipv6(ipv6("ipv6", address), ipv6("outside", outside),
        IpAddress.parse(Checks.text("gateway", gateway)), true));
  }

  /**
   * Gives the home the IPv6 prefix that its provider, an {@link Internet}, has for it.
   *
   * @throws IllegalStateException if the access point is not one of an {@code Internet}
   */
  public AccessPointBuilder ipv6() {
    if (ipv6 == null) {
      throw new IllegalStateException("the access point " + name + " has no provider with IPv6: name a prefix");
    }
    return with(new Ipv6(ipv6.inside, ipv6.outside, ipv6.gateway, true));
  }

  /** Offers the addresses that {@link #ipv6()} uses. */
  AccessPointBuilder offered(IpPrefix address, IpPrefix outsideAddress, IpAddress gateway) {
    return with(new Ipv6(address, outsideAddress, gateway, false));
  }

  /** Changes the box as any host of the lab: adds programs, and settings of its stack. */
  public AccessPointBuilder box(UnaryOperator<HostBuilder> change) {
    Checks.given("box change", change);
    UnaryOperator<HostBuilder> before = box;
    return new AccessPointBuilder(lab, name, outside, inside, nat, ipv6,
        builder -> Checks.given("box", change.apply(before.apply(builder))));
  }

  /** Adds a program to the box. */
  public AccessPointBuilder runs(HostSoftware program) {
    Checks.given("software that it runs", program);
    return box(builder -> builder.runs(program));
  }

  /**
   * Starts the access point. With DHCP outside, it has its address later; {@link AccessPoint#configured} waits.
   *
   * @throws IllegalStateException if it is not connected outside
   * @throws IllegalArgumentException if its name or an address is taken
   */
  public AccessPoint start() {
    if (outside.junction == null) {
      throw new IllegalStateException("the access point " + name + " is not connected: call outside(…)");
    }
    Switch lan = lab.newSwitch(name + "-lan");
    HostBuilder builder = box.apply(lab.router(name)).wire(unused -> outside.line);
    builder = outside.own == null
        ? builder.on(outside.junction).stack(AccessPointBuilder::immediately)
        : builder.on(outside.junction, outside.own.toString()).gateway(String.valueOf(outside.gateway));
    builder = builder.on(lan, inside.own.toString())
        .nat(settings -> settings(nat, settings))
        .stack(stack -> stack.resolver(this::resolver));
    if (hasIpv6()) {
      builder = builder.stack(this::withIpv6).runs(addresses());
    }
    Host started = builder.runs(this::serveNames).runs(dhcpServer(inside)).start();
    return new AccessPoint(lab, this, lan, started);
  }

  /** Lets the interface {@code if0} ask for its address at once, so that hosts get theirs in the order of their starts. */
  static StackConfiguration immediately(StackConfiguration stack) {
    return stack.dhcp("if0", dhcp -> dhcp.withStartDelay(Duration.ZERO));
  }

  private static DhcpServer dhcpServer(Inside network) {
    String own = network.own.address().toString();
    return network.dhcp.apply(
        DhcpServer.of(network.first.toString(), network.last.toString()).router(own).dnsServers(own));
  }

  private void serveNames(Host host) {
    // RFC 5625 section 6.2: the forwarder does not serve the outside.
    DnsForwarder forwarder = DnsForwarder.create(host.stack()).servers(upstream());
    forwarder.listenOn(inside.own.address()).bind().subscribe();
  }

  private IpAddress[] upstream() {
    return outside.dnsServers.toArray(IpAddress[]::new);
  }

  private DnsResolver resolver(NetworkStack stack) {
    return DnsResolver.create(stack).servers(upstream());
  }

  private StackConfiguration withIpv6(StackConfiguration stack) {
    StackConfiguration advertising = stack.advertise("if1");
    return ipv6 != null && ipv6.outside == null ? advertising.slaac("if0") : advertising;
  }

  private Ipv6Setup addresses() {
    Ipv6 used = Checks.given("ipv6", ipv6);
    Ipv6Setup setup = new Ipv6Setup().address("if1", used.inside);
    return used.outside == null || used.gateway == null
        ? setup
        : setup.address("if0", used.outside).route(Ipv6Setup.EVERYWHERE, used.gateway);
  }

  private NatSettings settings(Nat translation, NatSettings before) {
    return Checks.given("nat", translation.change.apply(
        before.withInside(List.of(inside.own.network())).withForwardings(translation.forwardings)));
  }

  IpPrefix own() {
    return inside.own;
  }

  boolean isInPool(IpAddress address) {
    return contains(inside, address);
  }

  String poolText() {
    return inside.first + " to " + inside.last;
  }

  boolean hasIpv6() {
    return ipv6 != null && ipv6.used;
  }

  private static boolean contains(Inside network, IpAddress address) {
    return address instanceof Ipv4Address v4
        && Integer.compareUnsigned(v4.bits(), network.first.bits()) >= 0
        && Integer.compareUnsigned(v4.bits(), network.last.bits()) <= 0;
  }

  private static Inside inside(IpPrefix own, UnaryOperator<DhcpServer> dhcp) {
    Checks.range("inside (prefix length)", own.length(), 8, 29, "bits");
    int base = ((Ipv4Address) own.network().address()).bits();
    int size = 1 << 32 - own.length();
    return size >= 256
        ? inside(own, base + 100, base + 199, dhcp)
        : inside(own, base + size / 2, base + size - 2, dhcp);
  }

  private static Inside inside(IpPrefix own, int first, int last, UnaryOperator<DhcpServer> dhcp) {
    return new Inside(own, new Ipv4Address(first), new Ipv4Address(last), dhcp);
  }

  private static IpPrefix ipv4(String what, String address) {
    IpPrefix own = IpPrefix.parse(Checks.text(what, address));
    if (!own.address().isV4()) {
      throw new IllegalArgumentException(what + " " + own + " is not an IPv4 address");
    }
    return own;
  }

  private static IpPrefix ipv6(String what, String address) {
    IpPrefix own = IpPrefix.parse(Checks.text(what, address));
    if (own.address().isV4()) {
      throw new IllegalArgumentException(what + " " + own + " is not an IPv6 address");
    }
    Checks.range(what + " (prefix length)", own.length(), 64, 64, "bits");
    return own;
  }
}
