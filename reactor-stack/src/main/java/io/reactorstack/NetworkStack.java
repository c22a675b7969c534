package io.reactorstack;

import io.reactorstack.host.HostHandle;
import io.reactorstack.host.StackHost;
import io.reactorstack.icmp.Icmp;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Meters;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.Tcp;
import io.reactorstack.udp.Udp;
import java.time.Duration;
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
@SuppressWarnings("exports") // The superclass has nothing for users.
public final class NetworkStack extends HostHandle implements Disposable {

  private final StackHost host;
  private final HostResolver resolver;
  private final Tcp tcp;

  NetworkStack(StackHost host) {
    super(host);
    this.host = host;
    this.resolver = new HostResolver(host.owner());
    this.tcp = Tcp.of(host.owner().tcp()).settings(ignored -> host.settings().tcp()).resolver(resolver);
  }

  /** The configuration of a host without interfaces, to be completed and started. */
  public static StackConfiguration create() {
    return StackConfiguration.initial();
  }

  /** Names that the host does not know itself are asked of {@code configured}. */
  void delegate(NameResolver configured) {
    resolver.delegate(configured);
  }

  /** The host's name. */
  public String name() {
    return host.name();
  }

  /** Connections and listeners. */
  public Tcp tcp() {
    return tcp;
  }

  /** Datagrams. */
  public Udp udp() {
    return host.owner().udp().api(resolver);
  }

  /** Echo requests. */
  public Icmp icmp() {
    return host.owner().icmp().api(resolver);
  }

  /**
   * The host's names: those that {@link StackConfiguration#resolver} brought, {@code localhost}, and IP addresses in text. It
   * signals on the event loop. Addresses of one name that are on one of the host's links come before those behind a router, and
   * those without a route last (RFC 6724 section 6).
   */
  public NameResolver resolver() {
    return resolver;
  }

  /**
   * The host's counters and gauges: per interface frames and octets, per protocol what has come in, was answered and was sent, per
   * event loop connections, listeners and sockets, and the memory held. Each frame that a device has handed over is counted once as
   * {@linkplain io.reactorstack.layer.FrameMeter consumed or dropped}.
   */
  public Meters meters() {
    return host.meters();
  }

  /**
   * Counters of what the host has dropped, and of notices, by reason: a view of {@link #meters}. The {@linkplain
   * io.reactorstack.packet.DropReason#kind kind} of a reason says whether a received frame has ended by it, or something that was to
   * be sent, or nothing.
   */
  public Drops drops() {
    return host.drops();
  }

  /** The memory that the host holds for its traffic; its numbers may be read on any thread. */
  public HostMemory memory() {
    return host.settings().memory();
  }

  /**
   * Gives an interface one more address, the least preferred: the network that it is in is reached on the link from then on, the
   * link is told (RFC 5227 section 2.3), and listeners on all addresses take connections to it.
   *
   * <p>Errs with an {@link IllegalArgumentException} if there is no such interface, the host has the address already, or no
   * interface can have it, and with an {@link java.io.IOException} if the stack is stopped or about to be. Whether another
   * station uses the address is not asked before.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> may be subscribed to on any thread; completes on the event loop when the address can be used.
   * <b>Cancellation:</b> does not take it back.
   *
   * @param address with the length of its network's prefix
   */
  public Mono<Void> addAddress(String interfaceName, IpPrefix address) {
    Checks.text("interfaceName", interfaceName);
    Checks.given("address", address);
    return host.addAddress(interfaceName, address);
  }

  /**
   * Takes an address from the host, and with it the way to its network, unless another address is in that, and the routes
   * whose gateways were in that network.
   *
   * <p>Connections from it end with {@link io.reactorstack.tcp.model.CloseCause#ADDRESS_REMOVED}; their peers are told by a last
   * RST (RFC 5227 section 2.4), after which nothing leaves from the address. Listeners on all addresses go on. Listeners and
   * sockets that are bound to this one stay, as with Linux: they receive nothing until it comes back, and sending from them fails
   * with a {@link java.net.BindException}.
   *
   * <p>Errs with an {@link IllegalArgumentException} if no interface but the loopback has the address, and with an
   * {@link java.io.IOException} if the stack is stopped or about to be.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> may be subscribed to on any thread; completes on the event loop when the address is gone.
   * <b>Cancellation:</b> does not take it back.
   */
  public Mono<Void> removeAddress(IpAddress address) {
    Checks.given("address", address);
    return host.removeAddress(address);
  }

  /**
   * Adds a route to {@code network} by way of {@code gateway}, over the interface in whose network the gateway is; the first of
   * them, if it is in the networks of several. {@code 0.0.0.0/0} and {@code ::/0} are the default routes. Adding one that is there
   * changes nothing. Path MTUs that were learnt count no more, and connections to the network go on over the new route.
   *
   * <p>Errs with an {@link IllegalArgumentException} if the gateway is in no interface's network, is an address of this host, or
   * cannot be a gateway to the network, and with an {@link java.io.IOException} if the stack is stopped or about to be.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> may be subscribed to on any thread; completes on the event loop. <b>Cancellation:</b> does not take it
   * back.
   */
  public Mono<Void> addRoute(IpPrefix network, IpAddress gateway) {
    Checks.given("network", network);
    Checks.given("gateway", gateway);
    return host.addRoute(network, gateway);
  }

  /**
   * Removes the routes to {@code network} by way of {@code gateway} that were added, here or before the start. Connections go on
   * over another route if there is one, and are otherwise told that their peer's network is unreachable.
   *
   * <p>Errs with an {@link IllegalArgumentException} if there is no such route, and with an {@link java.io.IOException} if the
   * stack is stopped or about to be.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> may be subscribed to on any thread; completes on the event loop. <b>Cancellation:</b> does not take it
   * back.
   */
  public Mono<Void> removeRoute(IpPrefix network, IpAddress gateway) {
    Checks.given("network", network);
    Checks.given("gateway", gateway);
    return host.removeRoute(network, gateway);
  }

  /**
   * The events of the host's interfaces but the loopback: at first how each of them stands, then each change. A link that goes
   * down or comes up again, a device that fails for good, an address or a route that is added or removed, another station that
   * uses an address of the host, a gateway that does not answer. Completes when the host has stopped; never errs.
   *
   * <p><b>Backpressure:</b> of what is not requested, the latest event of each subject (the state of an interface, an address, a
   * conflict, a route, a gateway) is kept, 1024 of them at most. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be
   * subscribed to on any thread; emits on the event loop. <b>Cancellation:</b> ends the telling.
   */
  public Flux<InterfaceEvent> interfaceEvents() {
    return host.interfaceEvents();
  }

  /**
   * The end of the host's usefulness: completes when the host has been stopped; errs with the device's error, usually a {@link
   * io.reactorstack.device.DeviceException}, when the last of its devices has failed for good. The host is not stopped by that:
   * whoever started it does so.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> may be subscribed to on any thread, at any time; signals on the event loop or, as {@link #stop()},
   * beside it. <b>Cancellation:</b> has no effect on the host.
   */
  public Mono<Void> onTerminate() {
    return host.onTerminate();
  }

  /**
   * Stops the host at once: resets its connections, closes its sockets and devices, and its loop if it is the host's own.
   *
   * <p>As {@link #stop(Duration, Duration)} without any time.
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as there.
   */
  public Mono<Void> stop() {
    return stop(Duration.ZERO, Duration.ZERO);
  }

  /**
   * Stops the host and lets what is under way finish before.
   *
   * <p>From the moment of the subscription on, connecting, listening, binding and pinging are refused with an {@link
   * java.io.IOException} that says {@code Network stack stopped}, and listeners are closed: peers are refused, connections
   * that were not accepted are reset. The host ends
   *
   * <ul>
   *   <li>as soon as no connection and no socket is open, and every subscriber has read what connections that ended had left;
   *   <li>or when for {@code quietPeriod} no data was sent or received, and none waits to be delivered;
   *   <li>or after {@code timeout}.
   * </ul>
   *
   * <p>Connections that are left then are reset, with {@link io.reactorstack.tcp.model.CloseCause#STACK_STOPPED} in their
   * report. Of what they have received, subscribers and channels get what they have asked for; what nobody has asked for is thrown
   * away. Sockets and devices are closed, and the loop if it is the host's own.
   *
   * <p>Stopping a host that is being stopped can only hasten that: the shortest quiet period and the earliest end count. Each
   * result completes when the host has ended; none errs.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> what is queued is released.
   * <b>Threading:</b> may be subscribed to on any thread, the host's loop too; completes on the loop, beside it if the loop
   * ends too, or at once if the host has ended. <b>Cancellation:</b> does not take the stop back.
   *
   * @throws IllegalArgumentException if the timeout is negative, or the quiet period not in zero to the timeout
   */
  public Mono<Void> stop(Duration quietPeriod, Duration timeout) {
    // Times beyond all bounds are for ever.
    Checks.range("timeout", timeout, Duration.ZERO, Duration.ofSeconds(Long.MAX_VALUE));
    Checks.range("quietPeriod", quietPeriod, Duration.ZERO, timeout);
    return Mono.defer(() -> host.end(quietPeriod, timeout));
  }

  /** Starts {@link #stop()} and does not wait for it. */
  @Override
  public void dispose() {
    host.end(Duration.ZERO, Duration.ZERO);
  }

  /** Whether the host was told to stop, be it still finishing what is under way. */
  @Override
  public boolean isDisposed() {
    return host.isStopping();
  }
}
