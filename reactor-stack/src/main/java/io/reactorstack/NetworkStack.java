package io.reactorstack;

import io.reactorstack.host.HostHandle;
import io.reactorstack.host.StackHost;
import io.reactorstack.icmp.Icmp;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Meters;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.name.NameResolver;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.routing.AdvertisementSettings;
import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.Tcp;
import io.reactorstack.udp.Udp;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

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
@SuppressWarnings("exports") // The superclass offers users nothing.
public final class NetworkStack extends HostHandle implements Disposable {

  private final StackHost host;
  private final HostResolver resolver;
  private final Tcp tcp;
  /** The names of the interfaces that are configured by DHCP. */
  private final List<String> dhcp;
  /** The names of the interfaces that are configured by IPv6 routers. */
  private final List<String> slaac;

  NetworkStack(StackHost host, Set<String> dhcp, List<String> slaac) {
    super(host);
    this.host = host;
    this.dhcp = List.copyOf(dhcp);
    this.slaac = List.copyOf(slaac);
    this.resolver = new HostResolver(host.owner());
    this.tcp = Tcp.of(host.owner().tcp()).settings(ignored -> host.settings().tcp()).resolver(resolver);
  }

  /** Returns the configuration of a host without interfaces, to be completed and started. */
  public static StackConfiguration create() {
    return StackConfiguration.initial();
  }

  /** Sets the resolver for the names that the host does not resolve itself. */
  void delegate(NameResolver configured) {
    resolver.delegate(configured);
  }

  /** The host's name. */
  public String name() {
    return host.name();
  }

  /** The entry point to TCP: connections and listeners. */
  public Tcp tcp() {
    return tcp;
  }

  /** The entry point to UDP: datagram sockets. */
  public Udp udp() {
    return host.owner().udp().api(resolver);
  }

  /** The entry point to ICMP: echo requests. */
  public Icmp icmp() {
    return host.owner().icmp().api(resolver);
  }

  /**
   * The host's name resolver: resolves IP addresses in text, {@code localhost}, and the names known to the resolver
   * that was configured by {@link StackConfiguration#resolver}. It signals on the event loop. The addresses of one name
   * are in the order of RFC 6724 section 6, computed at each resolution: see {@link #sorted}.
   */
  public NameResolver resolver() {
    return resolver;
  }

  /**
   * The host's counters and gauges: frames and octets per interface; received, answered and sent units per protocol;
   * connections, listeners and sockets per event loop; and the memory held. Each frame that a device hands over is
   * counted exactly once as {@linkplain io.reactorstack.layer.FrameMeter consumed or dropped}.
   */
  public Meters meters() {
    return host.meters();
  }

  /**
   * The counters of drops and notices, by reason: a view of {@link #meters}. The {@linkplain
   * io.reactorstack.packet.DropReason#kind kind} of a reason states whether it ends a received frame, a unit that was
   * to be sent, or neither.
   */
  public Drops drops() {
    return host.drops();
  }

  /** The memory that the host holds for its traffic; its numbers may be read on any thread. */
  public HostMemory memory() {
    return host.settings().memory();
  }

  /**
   * Adds an address to an interface, as its least preferred one. The address's network becomes reachable on the link,
   * the address is announced there (RFC 5227 section 2.3), and listeners on all addresses accept connections to it.
   *
   * <p>An address on Ethernet is tested first, which needs a carrier: it can be used if no other station of the link has
   * it. This takes four to seven seconds for IPv4 (RFC 5227 section 2.1), unless {@link StackConfiguration#ipv4}
   * switches the test off, and one to two seconds for IPv6 (RFC 4862 section 5.4). Other addresses can be used at once.
   *
   * <p>Fails with an {@link IllegalArgumentException} if there is no such interface, if the host already has the
   * address, or if no interface can have it, and with an {@link java.io.IOException} if another station has the
   * address, if the address is removed or the interface closed during the test, or if the stack has stopped or is
   * stopping.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the event loop when the address can be used. <b>Cancellation:</b> does not remove the
   * address.
   *
   * @param address the address with the prefix length of its network
   */
  public Mono<Void> addAddress(String interfaceName, IpPrefix address) {
    Checks.text("interfaceName", interfaceName);
    Checks.given("address", address);
    return host.addAddress(interfaceName, address);
  }

  /**
   * Removes an address from the host. Also removes the on-link route to its network, unless another address is in the
   * same network, and the routes whose gateways were in that network.
   *
   * <p>Connections from the address end with {@link io.reactorstack.tcp.model.CloseCause#ADDRESS_REMOVED}; each peer is
   * sent a last RST (RFC 5227 section 2.4), and after that nothing is sent from the address. Listeners on all addresses
   * are not affected. Listeners and sockets that are bound to this address remain open, as in Linux: they receive
   * nothing until the address is added again, and sending from them fails with a {@link java.net.BindException}.
   *
   * <p>Fails with an {@link IllegalArgumentException} if no interface other than the loopback has the address, and with
   * an {@link java.io.IOException} if the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the event loop when the address has been removed. <b>Cancellation:</b> does not restore
   * the address.
   */
  public Mono<Void> removeAddress(IpAddress address) {
    Checks.given("address", address);
    return host.removeAddress(address);
  }

  /**
   * Requests the IPv4 address of an Ethernet interface from a RARP server on its link (RFC 903). The interface needs no
   * address for this, and is not changed: RARP has no prefix length, which the application adds.
   *
   * <pre>{@code
   * stack.requestAddressByRarp("eth0", Duration.ofSeconds(30))
   *     .flatMap(address -> stack.addAddress("eth0", new IpPrefix(address, 24)));
   * }</pre>
   *
   * <p>The request is broadcast at the subscription, and repeated after about 1, 2, 4, 8 and then every 16 seconds, each
   * time varied by half. The first reply counts. RARP has no protection: any station on the link can answer.
   *
   * <p>Fails with a {@link java.util.concurrent.TimeoutException} if no server has answered within {@code timeout}, with
   * an {@link IllegalArgumentException} if there is no such interface or it is not Ethernet, and with an {@link
   * java.io.IOException} if the interface is closed or the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; emits on the event loop. <b>Cancellation:</b> ends the requests.
   *
   * @param timeout 1 ms to 365 d
   * @throws IllegalArgumentException if {@code timeout} is out of range
   */
  public Mono<Ipv4Address> requestAddressByRarp(String interfaceName, Duration timeout) {
    Checks.text("interfaceName", interfaceName);
    Checks.positive("timeout", timeout);
    return host.requestAddressByRarp(interfaceName, timeout);
  }

  /**
   * Makes the host a RARP server on the link of an Ethernet interface, for as long as the result is subscribed to (RFC
   * 903): a station that requests the address of a MAC address in {@code table} receives it. Requests for other
   * stations are dropped and counted, since another server may know them. If an interface has several tables, the one
   * subscribed to first is searched first.
   *
   * <p>Completes when the interface is closed. Fails with an {@link IllegalArgumentException} if there is no such
   * interface or it is not Ethernet, and with an {@link java.io.IOException} if the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; signals on the event loop. <b>Cancellation:</b> ends the service.
   *
   * @param table the IPv4 address of each station; copied
   */
  public Mono<Void> serveRarp(String interfaceName, Map<MacAddress, Ipv4Address> table) {
    Checks.text("interfaceName", interfaceName);
    return host.serveRarp(interfaceName, Map.copyOf(Checks.given("table", table)));
  }

  /**
   * Adds a route to {@code network} through {@code gateway}, over the interface whose network contains the gateway; if
   * several do, over the first of them. A zone of the gateway, as in {@code fe80::1%tap0}, names the interface. {@code 0.0.0.0/0} and {@code ::/0} are the default routes. Adding a route that
   * exists already changes nothing. Learnt path MTUs are forgotten, and open connections to the network continue over
   * the new route.
   *
   * <p>Fails with an {@link IllegalArgumentException} if the gateway is in no interface's network, is an address of
   * this host, or cannot be a gateway to the network, and with an {@link java.io.IOException} if the stack has stopped
   * or is stopping.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the event loop. <b>Cancellation:</b> does not remove the route.
   */
  public Mono<Void> addRoute(IpPrefix network, IpAddress gateway) {
    return addRoute(network, gateway, 0);
  }

  /**
   * Adds a route as {@link #addRoute(IpPrefix, IpAddress)} does, with a preference among the routes to the same network:
   * one with a higher metric is used only while the gateways of those with a lower one do not answer, or their links are
   * down (RFC 1122 section 3.3.1.6).
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as above.
   *
   * @param metric 0 or more; lower first
   * @throws IllegalArgumentException if the metric is negative
   */
  public Mono<Void> addRoute(IpPrefix network, IpAddress gateway, int metric) {
    Checks.given("network", network);
    Checks.given("gateway", gateway);
    Checks.range("metric", metric, 0, Integer.MAX_VALUE, "(lower first)");
    return host.addRoute(network, gateway, metric);
  }

  /**
   * Returns the interfaces of the host and what each can do, the loopback first.
   *
   * <p>Fails with an {@link java.io.IOException} if the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> one list, on demand. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be
   * subscribed to on any thread; emits on the event loop. <b>Cancellation:</b> has no effect.
   */
  public Mono<List<InterfaceInfo>> interfaces() {
    return host.ask(ip -> ip.now().interfaces().stream().map(each -> InterfaceInfo.of(each, ip.now())).toList());
  }

  /**
   * Returns how the host reaches {@code destination} at present: the interface, the next hop, the source address that it
   * would choose, and the longest packets. Empty if there is no route, or no source address.
   *
   * <p>Fails with an {@link java.io.IOException} if the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> one value, on demand. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be
   * subscribed to on any thread; emits on the event loop. <b>Cancellation:</b> has no effect.
   */
  public Mono<PathInfo> path(IpAddress destination) {
    Checks.given("destination", destination);
    return host.<Optional<PathInfo>>ask(ip -> PathInfo.of(ip, destination)).flatMap(Mono::justOrEmpty);
  }

  /**
   * Returns {@code addresses} in the order in which to try them (RFC 6724 section 6): the rules compare each with the
   * source address that the host would use for it. An address that the host cannot reach comes last; addresses that no
   * rule distinguishes keep their order. The order is that of this moment, so call this again when the addresses or
   * routes of the host have changed. {@link #resolver} sorts its results itself.
   *
   * <p>Fails with an {@link java.io.IOException} if the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> one list, on demand. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be
   * subscribed to on any thread; emits on the event loop. <b>Cancellation:</b> has no effect.
   */
  public Mono<List<IpAddress>> sorted(List<? extends IpAddress> addresses) {
    List<IpAddress> copy = List.copyOf(Checks.given("addresses", addresses));
    return host.ask(ip -> ip.now().sorted(copy));
  }

  /**
   * Removes the routes to {@code network} through {@code gateway}, whether they were added by {@link #addRoute} or
   * before the start. Connections continue over another route if there is one; otherwise they are notified that the
   * peer's network is unreachable.
   *
   * <p>Fails with an {@link IllegalArgumentException} if there is no such route, and with an {@link
   * java.io.IOException} if the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the event loop. <b>Cancellation:</b> does not restore the route.
   */
  public Mono<Void> removeRoute(IpPrefix network, IpAddress gateway) {
    Checks.given("network", network);
    Checks.given("gateway", gateway);
    return host.removeRoute(network, gateway);
  }

  /**
   * Makes the host a router, or a router a host, while it runs; see {@link StackConfiguration#forwarding(UnaryOperator)}.
   * Its IPv6 neighbours learn that from an advertisement of each address, and hosts that use this router no longer do
   * when it forwards no more (RFC 4861 section 6.2.5).
   *
   * <p>Fails with an {@link java.io.IOException} if the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the event loop. <b>Cancellation:</b> has no effect.
   */
  public Mono<Void> forwarding(boolean on) {
    return host.forwarding(on);
  }

  /**
   * Returns the present mappings of the host's address translation, with its port forwardings, in no particular order;
   * empty if the host does not translate. See {@link StackConfiguration#nat}.
   *
   * <p>Fails with an {@link java.io.IOException} if the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> one list, on demand. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be
   * subscribed to on any thread; emits on the event loop. <b>Cancellation:</b> has no effect.
   */
  public Mono<List<NatMapping>> natMappings() {
    return host.natMappings();
  }

  /**
   * Makes an Ethernet interface send router advertisements, or changes what they contain; see {@link
   * StackConfiguration#advertise(String, UnaryOperator)}. The next three follow each other quickly; prefixes, routes and
   * DNS servers that are no longer advertised have the lifetime zero in them.
   *
   * <p>Fails with an {@link IllegalArgumentException} if there is no such interface, it has no MAC address, or the
   * advertised MTU is above its own, and with an {@link java.io.IOException} if the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; {@code change} is called, and the Mono completes, on the event loop. <b>Cancellation:</b> has no effect.
   *
   * @param change changes the present settings; {@link AdvertisementSettings#DEFAULTS} if the interface sends none
   */
  public Mono<Void> advertise(String interfaceName, UnaryOperator<AdvertisementSettings> change) {
    return host.advertise(
        Checks.text("interfaceName", interfaceName), Checks.given("advertise change", change));
  }

  /**
   * Ends the router advertisements of an interface: up to three last ones have a router lifetime of zero, so that hosts
   * use other routers (RFC 4861 section 6.2.5). Has no effect if the interface sends none.
   *
   * <p>Fails with an {@link IllegalArgumentException} if there is no such interface, or it has no MAC address, and with an
   * {@link java.io.IOException} if the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the event loop. <b>Cancellation:</b> has no effect.
   */
  public Mono<Void> stopAdvertising(String interfaceName) {
    return host.stopAdvertising(Checks.text("interfaceName", interfaceName));
  }

  /**
   * Returns the DHCP client of an interface.
   *
   * @throws IllegalArgumentException if the interface is not configured by DHCP
   */
  public Dhcp dhcp(String interfaceName) {
    if (!dhcp.contains(Checks.text("interfaceName", interfaceName))) {
      throw new IllegalArgumentException("the interface " + interfaceName + " is not configured by DHCP");
    }
    return new Dhcp(host, interfaceName);
  }

  /**
   * Returns the configuration of an Ethernet interface by IPv6 routers.
   *
   * @throws IllegalArgumentException if the interface was not declared by {@link StackConfiguration#slaac}
   */
  public Slaac slaac(String interfaceName) {
    if (!slaac.contains(Checks.text("interfaceName", interfaceName))) {
      throw new IllegalArgumentException("the interface " + interfaceName + " is not configured by IPv6 routers");
    }
    return new Slaac(host, interfaceName);
  }

  /**
   * The DNS servers and search domains that the host has learnt so far, by DHCP and from IPv6 routers: those of DHCP
   * first (RFC 8106 section 5.3.1). They change as leases and lifetimes end.
   */
  public DnsConfiguration dns() {
    return host.dns();
  }

  /**
   * The DNS servers and search domains that the host has learnt: first the current ones, then each change. Completes when
   * the host has stopped; never fails.
   *
   * <p><b>Backpressure:</b> a configuration that was not requested before the next one may be lost. <b>Buffer
   * ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on any thread; emits on the event loop, the first
   * one on the subscriber's thread. <b>Cancellation:</b> ends the subscription.
   */
  public Flux<DnsConfiguration> dnsChanges() {
    return host.dnsChanges();
  }

  /**
   * Completes when each interface is configured: its addresses have proven to be unique on the link, its DHCP client has
   * a lease, or it has a link-local address instead, and the routers of its link have given it an address if it was
   * declared by {@link StackConfiguration#slaac}; with {@link StackConfiguration#autoconfigure} one of the two versions
   * is enough. Fails with a {@link java.util.concurrent.TimeoutException} whose
   * message says what each interface waits for, and with an {@link java.io.IOException} if another station uses a
   * configured address, or the host stops before.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; signals on the event loop. <b>Cancellation:</b> has no effect on the clients.
   *
   * @param timeout the longest time to wait, in the host's time; more than zero
   */
  public Mono<Void> configured(Duration timeout) {
    Checks.positive("timeout", timeout);
    return host.configured(timeout);
  }

  /**
   * The events of the host's interfaces, except the loopback: first the current state of each interface, then each
   * change. A change is a link that goes down or comes up again, a device that fails for good, an address or a route
   * that is added or removed, a step of a DHCP client, a change of the configuration by IPv6 routers, another station
   * that uses an address of the host, or a gateway that does not answer. Completes when the host has stopped; never fails.
   *
   * <p><b>Backpressure:</b> of the events not yet requested, the latest of each subject (the state of an interface, an
   * address, a conflict, a route, a gateway) is kept, at most 1024 of them. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> may be subscribed to on any thread; emits on the event loop. <b>Cancellation:</b> ends the
   * subscription.
   */
  public Flux<InterfaceEvent> interfaceEvents() {
    return host.interfaceEvents();
  }

  /**
   * Signals that the host can no longer be used: completes when the host has been stopped; fails with the device's
   * error, usually a {@link io.reactorstack.device.DeviceException}, when the last of its devices has failed for good.
   * That failure does not stop the host; the application has to stop it.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread, at any time; signals on the event loop or, like {@link #stop()}, on another thread.
   * <b>Cancellation:</b> has no effect on the host.
   */
  public Mono<Void> onTerminate() {
    return host.onTerminate();
  }

  /**
   * Stops the host immediately: resets its connections, and closes its sockets and devices, and its loop if that is the
   * host's own.
   *
   * <p>Same as {@link #stop(Duration, Duration)} with both durations zero.
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as for {@link
   * #stop(Duration, Duration)}.
   */
  public Mono<Void> stop() {
    return stop(Duration.ZERO, Duration.ZERO);
  }

  /**
   * Stops the host after outstanding work has finished, within the given limits.
   *
   * <p>From the subscription on, connecting, listening, binding and pinging fail with an {@link java.io.IOException}
   * whose message is {@code Network stack stopped}. Listeners are closed: new connection attempts are refused, and
   * connections that were not accepted yet are reset. The host ends
   *
   * <ul>
   *   <li>when no connection and no socket is open, and every subscriber has read the remaining data of connections
   *     that have ended;
   *   <li>or when for {@code quietPeriod} no data was sent or received, and none is waiting to be delivered;
   *   <li>or after {@code timeout}.
   * </ul>
   *
   * <p>Connections that are still open then are reset, with {@link io.reactorstack.tcp.model.CloseCause#STACK_STOPPED}
   * in their report. Of the data that they have received, subscribers and channels get the part that they have
   * requested; the remainder is discarded. Sockets and devices are closed, and the loop if it is the host's own.
   *
   * <p>Calling this again on a host that is stopping can only shorten the stop: the shortest quiet period and the
   * earliest deadline apply. Each result completes when the host has ended; none fails.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> queued buffers are released. <b>Threading:</b> may be
   * subscribed to on any thread, including the host's loop; completes on the loop, on another thread if the loop ends
   * too, or immediately if the host has already ended. <b>Cancellation:</b> does not undo the stop.
   *
   * @throws IllegalArgumentException if the timeout is negative, or the quiet period is negative or longer than the
   *     timeout
   */
  public Mono<Void> stop(Duration quietPeriod, Duration timeout) {
    // Durations too long for the clock count as unlimited.
    Checks.range("timeout", timeout, Duration.ZERO, Duration.ofSeconds(Long.MAX_VALUE));
    Checks.range("quietPeriod", quietPeriod, Duration.ZERO, timeout);
    return Mono.defer(() -> host.end(quietPeriod, timeout));
  }

  /** Subscribes to {@link #stop()} and returns without waiting. */
  @Override
  public void dispose() {
    host.end(Duration.ZERO, Duration.ZERO);
  }

  /** Returns whether a stop of the host was requested; it may still be finishing outstanding work. */
  @Override
  public boolean isDisposed() {
    return host.isStopping();
  }
}
