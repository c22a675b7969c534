package io.reactorstack;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.reactorstack.acd.Ipv4Settings;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.ethernet.VlanTrunk;
import io.reactorstack.host.HostSettings;
import io.reactorstack.icmp.IcmpSettings;
import io.reactorstack.ip.forward.Translation;
import io.reactorstack.name.NameResolver;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.ndp.Ipv6Settings;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.PacketAllocator;
import io.reactorstack.packet.PortRange;
import io.reactorstack.routing.AdvertisementSettings;
import io.reactorstack.routing.ForwardingSettings;
import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.model.TcpSettings;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;

/**
 * The builder of a host: its devices with their addresses, its routes and its event loop. Immutable: every method but
 * {@link #start} and {@link #startNow} returns a changed copy.
 */
public final class StackConfiguration {

  private final HostPlan host;
  private final NetworkPlan network;
  private final TcpSettings tcp;

  private StackConfiguration(HostPlan host, NetworkPlan network, TcpSettings tcp) {
    this.host = host;
    this.network = network;
    this.tcp = tcp;
  }

  static StackConfiguration initial() {
    return new StackConfiguration(HostPlan.initial(), NetworkPlan.INITIAL, TcpSettings.DEFAULTS);
  }

  private StackConfiguration with(HostPlan changed) {
    return new StackConfiguration(changed, network, tcp);
  }

  private StackConfiguration with(NetworkPlan changed) {
    return new StackConfiguration(host, changed, tcp);
  }

  /** Sets the host's name, used in logs and thread names; {@code host} by default. */
  public StackConfiguration name(String hostName) {
    return with(host.withName(Checks.text("name", hostName)));
  }

  /**
   * Sets the event loop that the whole host runs on; the caller closes it. By default the host has a loop of its own,
   * which is shut down with the host.
   */
  public StackConfiguration runOn(IoEventLoop eventLoop) {
    return with(host.withLoop(Checks.given("loop to run on (runOn)", eventLoop)));
  }

  /**
   * Sets the source of sequence numbers, ports and identifiers; a {@link SecureRandom} by default. A predictable
   * generator is for simulations only (RFC 4086, RFC 6528).
   */
  public StackConfiguration random(RandomGenerator generator) {
    return with(host.withRandom(Checks.given("random", generator)));
  }

  /**
   * Sets how the host resolves names, for example {@code stack -> DnsResolver.create(stack).servers(router)}. Without
   * it only IP addresses and {@code localhost} can be resolved.
   *
   * @param resolver called once, on the host's loop, when the host is complete
   */
  public StackConfiguration resolver(Function<? super NetworkStack, ? extends NameResolver> resolver) {
    return with(host.withResolver(Checks.given("resolver", resolver)));
  }

  /**
   * Sets the allocator of the buffers that the host makes itself: those of connections, datagrams and messages, but not
   * those that devices receive into; {@link PacketAllocator#DEFAULT} by default. The Netty channels of the host use it
   * too, unless they are given another as an option. A failed allocation costs the connection, datagram or message that
   * it was for, and is counted.
   */
  public StackConfiguration allocator(ByteBufAllocator source) {
    return with(host.withAllocator(Checks.given("allocator", source)));
  }

  /**
   * Sets the limit of the memory that the host holds for its traffic, in octets: data that was not acknowledged or not
   * read, connections in every state, and waiting packets. At least {@link HostMemory#MIN_LIMIT}; by default a
   * quarter of what the JVM may use as direct memory ({@code -XX:MaxDirectMemorySize}, otherwise the maximum heap
   * size). It has the role of Linux's {@code tcp_mem}.
   *
   * <p>Above three quarters of the limit nothing grows: windows keep their size, producers get no further demand,
   * channels become unwritable. Every connection may still send 4 KiB and receive two segments; these are charged when
   * it is established. At the limit new connections are refused: a SYN is dropped silently ({@code tcp.MEMORY_LIMIT} of
   * {@link NetworkStack#drops}), and a call fails with an error that names the reason. A connection is charged at least
   * 8 KiB, before the end of its handshake 1 KiB, and in TIME-WAIT half a KiB.
   *
   * <p>Not counted are buffers that were handed to the application, frames inside a device, and what an allocator keeps
   * for itself: Netty's hold whole chunks, {@link PacketAllocator} at most its {@code MOST_KEPT} octets for each loop.
   *
   * @throws IllegalArgumentException if the limit is below {@link HostMemory#MIN_LIMIT}
   */
  public StackConfiguration memoryLimit(long octets) {
    Checks.range("memoryLimit", octets, HostMemory.MIN_LIMIT, Long.MAX_VALUE, "octets");
    return with(host.withMemoryLimit(octets));
  }

  /**
   * Sets whether each Ethernet interface announces its IPv4 addresses on its link at the start, twice (RFC 5227 section
   * 2.3), so that switches and neighbours can reach the host before its first packet; true by default. Hosts of the lab
   * do not announce.
   */
  public StackConfiguration announceAddresses(boolean announce) {
    return with(network.with(network.settings().withAnnouncesAddresses(announce)));
  }

  /**
   * Sets the two times of the neighbour caches, which hold the MAC addresses that ARP has found (RFC 1122 section
   * 2.3.2.1).
   *
   * @param reachable the time for which a neighbour counts as reachable after it was last confirmed, varied by half; a
   *     packet after that has the neighbour probed, unless the transport confirms it (RFC 4861 section 7.3); 30 s by
   *     default
   * @param idle the time after which an unused entry is removed; 10 min by default
   * @throws IllegalArgumentException if either is not from 1 ms to 365 d
   */
  public StackConfiguration neighborTimes(Duration reachable, Duration idle) {
    Checks.positive("reachable", reachable);
    Checks.positive("idle", idle);
    return with(network.with(network.settings().withNeighbors(
        network.settings().neighbors().withTimes(reachable, idle))));
  }

  /**
   * Sets the range of ephemeral ports: TCP connections and UDP sockets that request no port get one of these, drawn at
   * random (RFC 6056); 1024 to 65535 by default. With a small range a test can show what a service does when its ports
   * are exhausted.
   *
   * @param first the lowest port; 1 to 65535
   * @param last the highest port; {@code first} to 65535
   * @throws IllegalArgumentException if either is out of its range
   */
  public StackConfiguration ephemeralPorts(int first, int last) {
    return with(network.with(network.settings().withEphemeralPorts(new PortRange(first, last))));
  }

  /**
   * Changes the settings of the IPv4 addresses on Ethernet interfaces: the probe of an address before its use, and the
   * reaction to a conflict (RFC 5227). Hosts of the lab do not probe configured addresses.
   */
  public StackConfiguration ipv4(UnaryOperator<Ipv4Settings> change) {
    Ipv4Settings changed = Checks.given("ipv4 change", change).apply(network.settings().ipv4());
    return with(network.with(network.settings().withIpv4(Checks.given("ipv4", changed))));
  }

  /**
   * Changes the settings of IPv6 on Ethernet interfaces: the test of addresses for duplicates, and the way in which
   * addresses are formed that the user has not given, and what is accepted from routers. Hosts of the lab do not test their
   * addresses, have a stable secret, and ignore routers.
   */
  public StackConfiguration ipv6(UnaryOperator<Ipv6Settings> change) {
    HostSettings.Ipv6 ipv6 = network.settings().ipv6();
    Ipv6Settings changed = Checks.given("ipv6 change", change).apply(ipv6.common());
    return with(network.with(network.settings().withIpv6(ipv6.with(Checks.given("ipv6", changed)))));
  }

  /**
   * Changes the settings of IPv6 on one Ethernet interface, after those of {@link #ipv6(UnaryOperator)}.
   *
   * @param interfaceName an interface that was added before
   * @throws IllegalArgumentException if there is no such interface
   */
  public StackConfiguration ipv6(String interfaceName, UnaryOperator<Ipv6Settings> change) {
    return with(network.withIpv6(network.existing(interfaceName, "to set IPv6 on"),
        Checks.given("ipv6 change", change)));
  }

  /**
   * Configures the interface of the device that was added last by IPv6 routers; see {@link #slaac(String)}.
   *
   * @throws IllegalStateException if no device was added before
   */
  public StackConfiguration slaac() {
    return slaac(network.lastDevice());
  }

  /**
   * Configures an Ethernet interface by the IPv6 routers of its link: it forms a link-local address, solicits routers
   * until one answers, and takes addresses, routes, DNS servers and parameters of the link from their advertisements
   * (RFC 4861, RFC 4862, RFC 8106). It may have configured addresses of either version besides. The host starts without
   * waiting for a router: {@link NetworkStack#configured} waits, and {@link NetworkStack#slaac} shows the state. The
   * start fails with an {@link IllegalArgumentException} if the interface has no MAC address.
   *
   * <p>An interface with a configured IPv6 address follows routers even without this call, unless {@link
   * Ipv6Settings#withRouterDiscovery} is off; hosts of the lab do so only with it.
   *
   * <pre>{@code
   * NetworkStack stack = NetworkStack.create().device(TapDevice.named("tap0")).slaac().startNow();
   * stack.configured(Duration.ofSeconds(30)).block();
   * }</pre>
   *
   * @param interfaceName an interface that was added before
   * @throws IllegalArgumentException if there is no such interface
   */
  public StackConfiguration slaac(String interfaceName) {
    return ipv6(interfaceName,
        settings -> settings.withEnabled(true).withRouterDiscovery(true).withAddressConfiguration(true));
  }

  /**
   * Adds an interface; the networks of its addresses are reached on its link. The interface has the name of its device
   * on this system ({@code tap0}), or {@code if} and its number if the device has no name.
   *
   * <p>An address on Ethernet can be used when a test has shown that no other station of the link has it: four to seven
   * seconds after the start or after the link has come up for IPv4 (RFC 5227 section 2.1), unless {@link #ipv4} switches
   * the test off, and up to two seconds for IPv6 (RFC 4862 section 5.4). {@link NetworkStack#configured} waits for that;
   * {@link NetworkStack#interfaceEvents} reports the address then, or that it is a duplicate. An Ethernet interface with
   * an IPv6 address also gets a link-local one, unless one is given.
   *
   * @param device opens the device when the host starts
   * @param addresses the host's addresses with the prefix length of their network, such as {@code 192.0.2.7/24}
   * @throws IllegalArgumentException if one of {@code addresses} is not an address with a prefix length, or the name is
   *     taken
   */
  public StackConfiguration device(NetworkDevice.Factory device, String... addresses) {
    String named = Checks.given("device", device).interfaceName();
    return device(named == null ? "if" + network.devices().size() : named, device, addresses);
  }

  /**
   * Adds an interface with the given name.
   *
   * @throws IllegalArgumentException if the name is taken, or one of {@code addresses} is not an address with a prefix
   *     length
   */
  public StackConfiguration device(String interfaceName, NetworkDevice.Factory device, String... addresses) {
    Checks.text("interfaceName", interfaceName);
    Checks.given("device", device);
    return with(network.withDevice(interfaceName, device, addresses));
  }

  /**
   * Adds an interface for a VLAN of an Ethernet device (IEEE 802.1Q): the host sends frames with the tag {@code vlan}
   * there, and receives those frames only. It has the MAC address and the MTU of the device, and the name of the
   * device's interface with the identifier appended, such as {@code tap0.10}. The device's interface remains the one
   * for untagged frames and for frames whose tag carries only a priority.
   *
   * <pre>{@code
   * NetworkStack.create()
   *     .device(TapDevice.named("tap0"), "192.0.2.2/24")
   *     .vlan("tap0", 10, "198.51.100.2/24")
   *     .vlan("tap0", 20, "203.0.113.2/24")
   *     .startNow();
   * }</pre>
   *
   * <p>The medium must carry frames that are four octets longer than untagged ones, as Ethernet does. Starting the host
   * fails with a {@link io.reactorstack.device.DeviceException} if the device is not an Ethernet device.
   *
   * @param interfaceName the interface of the device, which must have been added before
   * @param vlan the VLAN identifier, 1 to 4094
   * @param addresses the host's addresses in the VLAN, as for {@link #device(NetworkDevice.Factory, String...)}
   * @throws IllegalArgumentException if there is no such interface, {@code vlan} is out of range or was added before,
   *     or one of {@code addresses} is not an address with a prefix length
   */
  public StackConfiguration vlan(String interfaceName, int vlan, String... addresses) {
    Checks.text("interfaceName", interfaceName);
    Checks.range("vlan", vlan, 1, VlanTrunk.HIGHEST, "(identifier of a VLAN)");
    return with(network.withVlan(interfaceName, vlan, addresses));
  }

  /**
   * Configures the interface of the device that was added last by DHCP; see {@link #dhcp(String, UnaryOperator)}.
   *
   * @throws IllegalStateException if no device was added before
   */
  public StackConfiguration dhcp() {
    return dhcp(network.lastDevice(), UnaryOperator.identity());
  }

  /**
   * Configures an Ethernet interface by DHCP (RFC 2131): address, routes and lifetimes come from a server on its link
   * and follow the server's changes. The host starts without waiting for the server: {@link NetworkStack#configured}
   * waits, and {@link NetworkStack#dhcp} shows the state. DNS servers and other parameters are in the {@link
   * io.reactorstack.dhcp.DhcpLease}. If the interface has an IPv4 address, the client asks for the other parameters
   * only (DHCPINFORM). The start fails with an {@link IllegalArgumentException} if the interface has no MAC address.
   *
   * <pre>{@code
   * NetworkStack stack = NetworkStack.create().device(TapDevice.named("tap0")).dhcp().startNow();
   * stack.configured(Duration.ofSeconds(30)).block();
   * }</pre>
   *
   * @param interfaceName an interface that was added before
   * @param change changes the settings of the client, which are {@link DhcpSettings#DEFAULT} at first
   * @throws IllegalArgumentException if there is no such interface
   */
  public StackConfiguration dhcp(String interfaceName, UnaryOperator<DhcpSettings> change) {
    String name = network.existing(interfaceName, "to configure by DHCP");
    return with(network.with(network.interfaces().withDhcp(name, change)));
  }

  /**
   * Gives the interface of the device that was added last a link-local IPv4 address; see {@link #linkLocalIpv4(String)}.
   *
   * @throws IllegalStateException if no device was added before
   */
  public StackConfiguration linkLocalIpv4() {
    return linkLocalIpv4(network.lastDevice());
  }

  /**
   * Gives an Ethernet interface an address of 169.254/16 while it has no other IPv4 address (RFC 3927): the host chooses
   * one by its MAC address, probes it for four to seven seconds, and chooses another one at a conflict. With {@link
   * #dhcp} it does so when no server has answered three messages, after about twelve seconds. With that address the host
   * reaches the stations on the link only. As soon as there is another address, that one is used for everything new; the
   * link-local one is removed when its connections have ended. The start fails with an {@link IllegalArgumentException}
   * if the interface has no MAC address.
   *
   * @param interfaceName an interface that was added before
   * @throws IllegalArgumentException if there is no such interface
   */
  public StackConfiguration linkLocalIpv4(String interfaceName) {
    String name = network.existing(interfaceName, "for a link-local address");
    return with(network.with(network.interfaces().withLinkLocal(name)));
  }

  /**
   * Configures the interface of the device that was added last by itself; see {@link #autoconfigure(String)}.
   *
   * @throws IllegalStateException if no device was added before
   */
  public StackConfiguration autoconfigure() {
    return autoconfigure(network.lastDevice());
  }

  /**
   * Configures an Ethernet interface by itself, as a machine on a home or office network does: IPv4 by {@link #dhcp},
   * with a {@linkplain #linkLocalIpv4 link-local address} as long as no server answers, and IPv6 by the {@linkplain
   * #slaac routers} of the link. {@link NetworkStack#configured} waits until one of the two versions is configured.
   *
   * @param interfaceName an interface that was added before
   * @throws IllegalArgumentException if there is no such interface
   */
  public StackConfiguration autoconfigure(String interfaceName) {
    return dhcp(interfaceName, UnaryOperator.identity()).linkLocalIpv4(interfaceName).slaac(interfaceName);
  }

  /**
   * Adds a default route through {@code address}; see {@link #route(IpPrefix, IpAddress)}.
   *
   * @throws IllegalArgumentException if it is not an IP address, or is in no network of an interface that was added
   *     before
   */
  public StackConfiguration gateway(String address) {
    return gateway(address, 0);
  }

  /**
   * Adds a route to {@code network} through {@code gateway}; see {@link #route(IpPrefix, IpAddress)}.
   *
   * @param network the network with its prefix length, such as {@code 198.51.100.0/24}
   * @throws IllegalArgumentException if either argument is not valid, or the gateway is in no network of an interface
   *     that was added before
   */
  public StackConfiguration route(String network, String gateway) {
    return route(IpPrefix.parse(Checks.text("network", network)), IpAddress.parse(Checks.text("gateway", gateway)));
  }

  /**
   * Adds a route to {@code network} through {@code router}, over the interface whose network contains the router; if
   * several do, over the one added last. A router with a zone, such as {@code fe80::1%tap0}, is on the link of the
   * interface that the zone names.
   *
   * @throws IllegalArgumentException if the router is in no network of an interface that was added before, or cannot be
   *     a gateway to the network
   */
  public StackConfiguration route(IpPrefix network, IpAddress router) {
    return route(network, router, 0);
  }

  /**
   * Adds a route as {@link #route(IpPrefix, IpAddress)} does, with a preference among the routes to the same network:
   * one with a higher metric is used only while the gateways of those with a lower one do not answer, or their links
   * are down (RFC 1122 section 3.3.1.6).
   *
   * @param metric 0 or more; lower first
   * @throws IllegalArgumentException as above, or if the metric is negative
   */
  public StackConfiguration route(IpPrefix network, IpAddress router, int metric) {
    Checks.given("network", network);
    Checks.given("router", router);
    return with(this.network.withRoute(network, router, metric));
  }

  /**
   * Adds a default route through {@code address} that is used if no default route of a lower {@code metric} can be: see
   * {@link #route(IpPrefix, IpAddress, int)}.
   *
   * @throws IllegalArgumentException as {@link #gateway(String)}, or if the metric is negative
   */
  public StackConfiguration gateway(String address, int metric) {
    IpAddress gateway = IpAddress.parse(Checks.text("gateway", address));
    return route(IpPrefix.parse(gateway.isV4() ? "0.0.0.0/0" : "::/0"), gateway, metric);
  }

  /**
   * Sets the MTU of an interface: the longest packet that the host sends there, in bytes. The default is that of the
   * device. Received packets may be longer.
   *
   * <p>The start fails with an {@link IllegalArgumentException} if it is above the MTU of the device, or below the 1280
   * bytes that IPv6 needs (RFC 8200 section 5) and the interface has an IPv6 address.
   *
   * @param interfaceName an interface that was added before
   * @param bytes 68 to 65535
   * @throws IllegalArgumentException if there is no such interface, or {@code bytes} is out of range
   */
  public StackConfiguration mtu(String interfaceName, int bytes) {
    Checks.range("mtu", bytes, DeviceCapabilities.LEAST_MTU, DeviceCapabilities.LARGEST_MTU, "bytes");
    String name = network.existing(interfaceName, "to set an MTU on");
    return with(network.with(network.interfaces().withMtu(name, bytes)));
  }

  /**
   * Changes how the host selects its source addresses and sorts the addresses of a name (RFC 6724): the policy table,
   * and whether public addresses are preferred over temporary ones.
   */
  public StackConfiguration addressSelection(UnaryOperator<AddressSelection> change) {
    AddressSelection changed = Checks.given("addressSelection change", change).apply(network.selection());
    return with(network.with(Checks.given("addressSelection", changed)));
  }

  /** Changes the settings that connections start with. */
  public StackConfiguration tcp(UnaryOperator<TcpSettings> change) {
    return new StackConfiguration(
        host, network, Checks.given("tcp", Checks.given("tcp change", change).apply(tcp)));
  }

  /**
   * Sets the time after which larger packets are tried again on a path whose learnt MTU is smaller than the link's; ten
   * minutes by default; zero means never (RFC 1191 section 6.3, RFC 8201 section 5.3).
   *
   * @throws IllegalArgumentException if it is negative, or shorter than the five minutes of RFC 1191 section 3
   */
  public StackConfiguration pathMtuLifetime(Duration lifetime) {
    if (!Checks.given("pathMtuLifetime", lifetime).isZero()) {
      // RFC 1191 3: an increase must not be attempted within five minutes.
      Checks.range("pathMtuLifetime", lifetime, Duration.ofMinutes(5), Checks.LONGEST);
    }
    return with(network.with(network.settings().withPathMtuLifetime(lifetime)));
  }

  /**
   * Sets the TTL and hop limit of the packets whose sender has not chosen one; 64 by default (RFC 1122 section 3.2.1.7).
   *
   * @param hops 1 to 255
   * @throws IllegalArgumentException if {@code hops} is out of range
   */
  public StackConfiguration hopLimit(int hops) {
    Checks.range("hopLimit", hops, 1, 255, "hops");
    return with(network.with(network.settings().withHopLimit(hops)))
        .tcp(settings -> settings.withWire(wire -> wire.withHopLimit(hops)));
  }

  /**
   * Makes the host a {@linkplain #forwarding() router} that translates IPv4 addresses and ports (NAPT, RFC 4787, RFC 5382,
   * RFC 5508): the network of the interface {@code outside} sees only the router's own addresses on it. Hosts behind the
   * other interfaces open connections to the outside, and are reached from there only through their mappings and the port
   * forwardings. IPv6 is not translated.
   *
   * @param outside the name of the interface, such as {@code if0}
   * @param change changes the settings, which are {@link NatSettings#DEFAULT} at first
   * @throws IllegalArgumentException if there is no such interface
   */
  public StackConfiguration nat(String outside, UnaryOperator<NatSettings> change) {
    String name = network.existing(Checks.text("outside", outside), "to translate addresses at");
    Translation.Plan before = network.nat();
    NatSettings settings = Checks.given("nat change", change)
        .apply(before == null ? NatSettings.DEFAULT : before.settings());
    return with(network.with(new Translation.Plan(name, Checks.given("nat", settings)))).forwarding();
  }

  /** Makes the host a router with the default settings; as {@link #forwarding(UnaryOperator)}. */
  public StackConfiguration forwarding() {
    return forwarding(settings -> settings);
  }

  /**
   * Makes the host a router: it forwards IPv4 and IPv6 packets between its interfaces, by its routes (RFC 1812, RFC 8200).
   * A host does not forward. Multicast packets are not forwarded.
   *
   * <p>A router ignores redirects, and it ignores the advertisements of IPv6 routers, except on an interface for which
   * {@link #slaac(String)}, {@link #autoconfigure(String)} or {@link #ipv6(String, UnaryOperator)} switches router
   * discovery on, such as an uplink. {@link NetworkStack#forwarding} makes it a host again.
   *
   * @param change changes the settings, which are {@link ForwardingSettings#DEFAULTS} with forwarding switched on
   * @throws IllegalArgumentException if an excluded interface was not added before
   */
  public StackConfiguration forwarding(UnaryOperator<ForwardingSettings> change) {
    ForwardingSettings before = network.forwarding().withForwarding(true);
    ForwardingSettings changed = Checks.given("forwarding", Checks.given("forwarding change", change).apply(before));
    changed.excluded().forEach(name -> network.existing(name, "to exclude from forwarding"));
    return with(network.with(changed));
  }

  /**
   * Makes an Ethernet interface send router advertisements with the default settings; as {@link #advertise(String,
   * UnaryOperator)}.
   *
   * @throws IllegalArgumentException if there is no such interface
   */
  public StackConfiguration advertise(String interfaceName) {
    return advertise(interfaceName, settings -> settings);
  }

  /**
   * Makes an Ethernet interface send router advertisements, by which hosts of its link configure themselves (RFC 4861
   * section 6.2): by default with the networks of the interface's own addresses and, if the host also {@linkplain
   * #forwarding() forwards}, with this router as a default router. The start fails with an {@link
   * IllegalArgumentException} if the interface has no MAC address, or the advertised MTU is above its own.
   *
   * <pre>{@code
   * NetworkStack.create()
   *     .device(TapDevice.named("tap0"), "2001:db8:1::1/64")
   *     .device(TapDevice.named("tap1"), "2001:db8:2::1/64")
   *     .forwarding()
   *     .advertise("tap0", ra -> ra.withDnsServers(IpAddress.parse("2001:db8:2::53")))
   *     .startNow();
   * }</pre>
   *
   * @param interfaceName an interface that was added before
   * @param change changes the settings, which are {@link AdvertisementSettings#DEFAULTS} at first
   * @throws IllegalArgumentException if there is no such interface
   */
  public StackConfiguration advertise(String interfaceName, UnaryOperator<AdvertisementSettings> change) {
    String name = network.existing(interfaceName, "to advertise on");
    return with(network.with(network.interfaces().withAdvertisement(name, change)));
  }

  /** Changes the settings of ICMP and ICMPv6, which are {@link IcmpSettings#DEFAULTS} at first. */
  public StackConfiguration icmp(UnaryOperator<IcmpSettings> change) {
    IcmpSettings before = network.settings().icmp();
    return with(network.with(network.settings().withIcmp(
        Checks.given("icmp", Checks.given("icmp change", change).apply(before)))));
  }

  /**
   * Opens the devices and starts the host.
   *
   * <p>Fails with a {@link io.reactorstack.device.DeviceException} if a device cannot be opened; the devices opened
   * before are closed.
   *
   * <p><b>Backpressure:</b> the host starts with the subscription. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> emits on the host's loop. <b>Cancellation:</b> a host that has started in the meantime is
   * stopped.
   */
  public Mono<NetworkStack> start() {
    return Mono.defer(() -> assembly().start());
  }

  /**
   * Starts the host like {@link #start} and blocks until it has started; when called on the loop that was set by {@link
   * #runOn}, it starts the host directly, without blocking.
   *
   * @throws io.reactorstack.device.DeviceException if a device cannot be opened
   */
  public NetworkStack startNow() {
    IoEventLoop loop = host.loop();
    if (loop != null && loop.inEventLoop()) {
      return assembly().assemble();
    }
    NetworkStack stack = start().block();
    if (stack == null) {
      throw new IllegalStateException("start() completed without a stack");
    }
    return stack;
  }

  private Assembly assembly() {
    HostSettings settings = new HostSettings(
        host.name(), host.newRandom(), new HostMemory(host.allocator(), host.memoryLimit()), tcp, network.settings(),
        network.selection(), network.forwarding(), network.nat());
    return new Assembly(settings, host.loops(network.devices()), network.devices(), network.interfaces(),
        network.routes(), host.resolver());
  }
}
