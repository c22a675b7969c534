package io.reactorstack.test;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.lab.DhcpServer;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.HostBuilder;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.lab.Wire;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/**
 * A small internet in a lab: three networks behind three routers in a chain, homes with translated addresses at the
 * first network, and a server park with a DNS server at the last.
 *
 * <pre>{@code
 * Internet internet = Internet.in(lab);
 * Host shop = internet.server("shop", host -> host.runs(Shop::start));
 * AccessPoint home = internet.home("home");
 * Host laptop = home.host("laptop");
 * lab.await(internet.configured(Duration.ofSeconds(30)));
 * LabHttp.of(laptop).client().get().uri("http://shop/");
 * }</pre>
 *
 * <pre>
 *  laptop    phone             198.18.12.0/24       198.18.23.0/24
 *    │ .100    │ .101     router1 ──────────── router2 ──────────── router3
 *  ──┴─────────┴──           │ .1                 │ .1                 │ .1
 *   192.168.1.0/24  ┌────────┴────────┐  ┌────────┴────────┐  ┌────────┴────────┐
 *    │ .1           │     access      │  │      city       │  │      park       │
 *  home ────────────│  192.0.2.0/24   │  │ 198.51.100.0/24 │  │ 203.0.113.0/24  │
 *        .10        └─────────────────┘  └─────────────────┘  └─────────────────┘
 *                                          │ .10                │ .53    │ .10
 *                                         bank                 dns     shop
 * </pre>
 *
 * <p>Each network is a switch. Hosts and homes get the addresses .10, .11 and so on of a network, in the order in which
 * they are added. The end of a link at a router has the router's number as its last octet. Each IPv4 address but those at
 * home and from DHCP has an IPv6 companion of the same number: {@code 2001:db8:3::10} in the third network,
 * {@code 2001:db8:12::1} on a link. The homes have IPv4 only, unless {@link AccessPointBuilder#ipv6()} is called for one:
 * the first home then has the prefix {@code 2001:db8:101::/64}, the second {@code 2001:db8:102::/64}.
 *
 * <p>All routes are static: traffic waits for a router or a link that fails. The DNS server knows the names of all hosts
 * and homes, but not of the hosts at home. A host at home finds it through the forwarder of its access point. There is no
 * default route out of the three networks.
 *
 * <p>Everything depends only on the lab's seed and the order of the calls. The hosts are ordinary ones: they crash and
 * restart, {@link LabHttp} and programs run on them, and their wires and switches can be cut, impaired and mirrored.
 */
public final class Internet {

  /** The number of routers, and of networks. */
  private static final int ROUTERS = 3;

  private static final int FIRST_HOST = 10;
  private static final int LAST_HOST = 99;
  private static final int DNS_NUMBER = 53;
  private static final List<String> NAMES = List.of("access", "city", "park");
  private static final List<String> IPV4 = List.of("192.0.2.", "198.51.100.", "203.0.113.");

  /**
   * A network of the internet.
   *
   * @param number 1 to 3, which is also that of its router
   * @param name its name, which is that of its switch: {@code access}, {@code city} or {@code park}
   * @param junction its switch
   */
  public record Network(int number, String name, Switch junction) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the number is not 1 to 3
     */
    public Network {
      Checks.range("number", number, 1, ROUTERS, "(network)");
      Checks.text("name", name);
      Checks.given("junction", junction);
    }

    /** The IPv4 network, such as {@code 203.0.113.0/24}. */
    public IpPrefix ipv4() {
      return IpPrefix.parse(IPV4.get(number - 1) + "0/24");
    }

    /** The IPv6 network, such as {@code 2001:db8:3::/64}. */
    public IpPrefix ipv6() {
      return IpPrefix.parse("2001:db8:" + number + "::/64");
    }

    private String v4(int host) {
      return IPV4.get(number - 1) + host;
    }

    private IpPrefix v6(int host) {
      return IpPrefix.parse("2001:db8:" + number + "::" + host + "/64");
    }
  }

  private final Lab lab;
  private final InternetSettings settings;
  private final List<Network> networks;
  private final List<Wire> links;
  private final List<Host> routers;
  private final Host dns;
  private final Ipv6Setup firstRouter = new Ipv6Setup();
  private final List<Integer> next = new ArrayList<>(List.of(FIRST_HOST, FIRST_HOST, FIRST_HOST));
  private final List<AccessPoint> homes = new CopyOnWriteArrayList<>();
  private final List<HostZone.Entry> names = new CopyOnWriteArrayList<>();

  private Internet(Lab lab, InternetSettings settings) {
    this.lab = lab;
    this.settings = settings;
    List<Network> places = new ArrayList<>();
    List<Wire> wires = new ArrayList<>();
    for (int i = 1; i <= ROUTERS; i++) {
      places.add(new Network(i, NAMES.get(i - 1), lab.newSwitch(NAMES.get(i - 1))));
      if (i < ROUTERS) {
        wires.add(lab.newWire("router" + i + "-router" + (i + 1), before -> settings.links()));
      }
    }
    this.networks = List.copyOf(places);
    this.links = List.copyOf(wires);
    this.routers = List.of(first(), middle(), last());
    this.dns = add("dns", networks.getLast(), DNS_NUMBER, host -> host.runs(this::serveNames));
  }

  /** Starts an internet in {@code lab} with the default settings. */
  public static Internet in(Lab lab) {
    return in(lab, settings -> settings);
  }

  /**
   * Starts an internet in {@code lab}.
   *
   * @param change changes the settings, which are {@link InternetSettings#DEFAULT} at first
   * @throws IllegalArgumentException if the lab has a host named {@code dns} or {@code router1} to {@code router3} already
   */
  public static Internet in(Lab lab, UnaryOperator<InternetSettings> change) {
    return new Internet(Checks.given("lab", lab), Checks.given("settings",
        Checks.given("change of the settings", change).apply(InternetSettings.DEFAULT)));
  }

  // ---- routers

  private Host first() {
    Network access = networks.getFirst();
    firstRouter.address("if0", access.v6(1)).address("if1", linkIpv6(1, 1))
        .route(Ipv6Setup.EVERYWHERE, linkIpv6(1, 2).address());
    return newRouter(1).on(access.junction, access.v4(1) + "/24").on(links.getFirst().left(), link(1, 1) + "/24")
        .gateway(link(1, 2)).runs(firstRouter)
        .runs(DhcpServer.of(access.v4(100), access.v4(199)).router(access.v4(1))
            .dnsServers(networks.getLast().v4(DNS_NUMBER)))
        .start();
  }

  private Host middle() {
    Network access = networks.getFirst();
    Network city = networks.get(1);
    Network park = networks.getLast();
    Ipv6Setup setup = new Ipv6Setup().address("if0", city.v6(1)).address("if1", linkIpv6(1, 2))
        .address("if2", linkIpv6(2, 2)).route(access.ipv6(), linkIpv6(1, 1).address())
        .route(IpPrefix.parse("2001:db8:100::/40"), linkIpv6(1, 1).address())
        .route(park.ipv6(), linkIpv6(2, 3).address());
    return newRouter(2).on(city.junction, city.v4(1) + "/24").on(links.getFirst().right(), link(1, 2) + "/24")
        .on(links.getLast().left(), link(2, 2) + "/24")
        .stack(stack -> stack.route(access.ipv4().toString(), link(1, 1)).route(park.ipv4().toString(), link(2, 3)))
        .runs(setup).start();
  }

  private Host last() {
    Network park = networks.getLast();
    Ipv6Setup setup = new Ipv6Setup().address("if0", park.v6(1)).address("if1", linkIpv6(2, 3))
        .route(Ipv6Setup.EVERYWHERE, linkIpv6(2, 2).address());
    return newRouter(3).on(park.junction, park.v4(1) + "/24").on(links.getLast().right(), link(2, 3) + "/24")
        .gateway(link(2, 2)).runs(setup).start();
  }

  private HostBuilder newRouter(int number) {
    return lab.router("router" + number).stack(stack -> stack.resolver(this::resolver));
  }

  /** Returns the address of router {@code end} on the link that begins at router {@code from}. */
  private static String link(int from, int end) {
    return "198.18." + from + (from + 1) + "." + end;
  }

  private static IpPrefix linkIpv6(int from, int end) {
    return IpPrefix.parse("2001:db8:" + from + (from + 1) + "::" + end + "/64");
  }

  /**
   * The router {@code number}. Its interface {@code if0} is on its network.
   *
   * @param number 1 to 3
   */
  public Host router(int number) {
    return routers.get(Checks.range("number of the router", number, 1, ROUTERS, "(router)") - 1);
  }

  /**
   * The wire between the routers {@code number} and {@code number + 1}; the former is at its left end.
   *
   * @param number 1 or 2
   */
  public Wire link(int number) {
    return links.get(Checks.range("number of the link", number, 1, ROUTERS - 1, "(link)") - 1);
  }

  /** The networks of router 1 to 3: the one of the homes, one in the middle, and the server park. */
  public List<Network> networks() {
    return networks;
  }

  // ---- names

  private DnsResolver resolver(NetworkStack stack) {
    return DnsResolver.create(stack).servers(IpAddress.parse(networks.getLast().v4(DNS_NUMBER)));
  }

  private void serveNames(Host host) {
    Duration time = settings.timeToLive();
    ZoneServer.create(host.stack()).zone(new HostZone(this::present, time, time)).bind().subscribe();
  }

  /** The names of the hosts and homes with their present addresses. */
  private List<HostZone.Entry> present() {
    List<HostZone.Entry> all = new ArrayList<>(names);
    for (AccessPoint home : homes) {
      List<IpAddress> addresses = home.host().addresses().stream()
          .filter(address -> !address.equals(home.insideAddress())).toList();
      all.add(new HostZone.Entry(home.name(), addresses));
    }
    return all;
  }

  /** The DNS server. */
  public Host dns() {
    return dns;
  }

  // ---- hosts

  /** Starts a host in the server park, with addresses, gateway and DNS server, and a name that the DNS server knows. */
  public Host server(String name) {
    return host(name, networks.getLast());
  }

  /** Starts a host as {@link #server(String)} does, with changes as in {@link #host(String, Network, UnaryOperator)}. */
  public Host server(String name, UnaryOperator<HostBuilder> change) {
    return host(name, networks.getLast(), change);
  }

  /** Starts a host in {@code network}, with addresses, gateway and DNS server, and a name that the DNS server knows. */
  public Host host(String name, Network network) {
    return host(name, network, builder -> builder);
  }

  /**
   * Starts a host as {@link #host(String, Network)} does.
   *
   * @param network one of {@link #networks}
   * @param change adds programs, settings of the stack, or an impairment of its wire
   * @throws IllegalArgumentException if the name is taken, or the network is not of this internet
   * @throws IllegalStateException if the network has no address left
   */
  public Host host(String name, Network network, UnaryOperator<HostBuilder> change) {
    if (!networks.contains(Checks.given("network", network))) {
      throw new IllegalArgumentException("network " + network + " is not of this internet");
    }
    Checks.given("change of the host", change);
    return add(name, network, number(network), change);
  }

  private Host add(String name, Network network, int number, UnaryOperator<HostBuilder> change) {
    IpPrefix ipv6 = network.v6(number);
    Ipv6Setup setup = new Ipv6Setup().address("if0", ipv6).route(Ipv6Setup.EVERYWHERE, network.v6(1).address());
    Host added = Checks.given("host", change.apply(lab.host(name)))
        .on(network.junction, network.v4(number) + "/24").gateway(network.v4(1))
        .stack(stack -> stack.resolver(this::resolver)).runs(setup).start();
    names.add(new HostZone.Entry(name, List.of(IpAddress.parse(network.v4(number)), ipv6.address())));
    return added;
  }

  /** Returns the number of the next host or home in {@code network}. */
  private int number(Network network) {
    int number = next.get(network.number - 1);
    if (number > LAST_HOST) {
      throw new IllegalStateException("the network " + network.name + " has no address left");
    }
    next.set(network.number - 1, number == DNS_NUMBER - 1 ? number + 2 : number + 1);
    return number;
  }

  /** Starts a home: an access point in the first network with a fixed address. */
  public AccessPoint home(String name) {
    return home(name, builder -> builder);
  }

  /**
   * Starts a home.
   *
   * @param change changes the settings of the access point: {@code home -> home.outsideByDhcp()} takes its address from
   *     the provider's DHCP server, which is router 1
   * @throws IllegalArgumentException if the name is taken
   */
  public AccessPoint home(String name, UnaryOperator<AccessPointBuilder> change) {
    Checks.given("change of the home", change);
    Network access = networks.getFirst();
    int number = number(access);
    IpPrefix outside = access.v6(number);
    IpPrefix prefix = IpPrefix.parse("2001:db8:" + (101 + homes.size()) + "::1/64");
    AccessPointBuilder builder = Checks.given("home", change.apply(AccessPoint.at(lab, name)
        .outside(access.junction, access.v4(number) + "/24", access.v4(1))
        .line(before -> settings.lines()).dnsServers(networks.getLast().v4(DNS_NUMBER))
        .offered(prefix, outside, access.v6(1).address())));
    AccessPoint home = builder.start();
    homes.add(home);
    if (builder.hasIpv6()) {
      lab.run(() -> firstRouter.routeNow(prefix.network(), outside.address(), routers.getFirst()));
    }
    return home;
  }

  /** The homes, in the order in which they were added. */
  public List<AccessPoint> homes() {
    return List.copyOf(homes);
  }

  /**
   * Completes when all access points and the {@linkplain AccessPoint#hosts hosts at home} have their addresses; the other
   * hosts have them from the start.
   *
   * <p>Fails as {@link io.reactorstack.NetworkStack#configured} does, after {@code timeout} at the latest.
   * <b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on any
   * thread; completes on the lab's. <b>Cancellation:</b> has no effect on the hosts.
   */
  public Mono<Void> configured(Duration timeout) {
    Checks.positive("timeout", timeout);
    return Mono.defer(() -> Mono.when(homes.stream().map(home -> home.configured(timeout)).toList()));
  }
}
