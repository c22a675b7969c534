package io.reactorstack;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.internal.PlatformDependent;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.host.HostLoops;
import io.reactorstack.host.HostSettings;
import io.reactorstack.ip.host.Route;
import io.reactorstack.layer.LoopGroup;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.PortRange;
import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.model.TcpSettings;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The parts of a host: its devices with their addresses, its routes, its loop.
 *
 * <p>Immutable: every method but {@link #start} returns a changed copy.
 */
public final class StackConfiguration {

  /** The source of buffers, and how many octets of them there may be. */
  private record Memory(ByteBufAllocator allocator, long limit) {

    static Memory initial() {
      return new Memory(
          ByteBufAllocator.DEFAULT, Math.max(HostMemory.LEAST_LIMIT, PlatformDependent.maxDirectMemory() / 4));
    }
  }

  /** The host as such: its name, and what it lives on. */
  private record Basis(
      String name,
      @Nullable IoEventLoop loop,
      @Nullable RandomGenerator random,
      @Nullable Function<? super NetworkStack, ? extends NameResolver> resolver) {

    static Basis initial() {
      return new Basis("host", null, null, null);
    }
  }

  /** The interfaces, and what the internet layer knows at the start. */
  private record Network(List<Assembly.Attached> devices, List<Route> routes, HostSettings.Network settings) {

    static Network initial() {
      return new Network(
          List.of(), List.of(), new HostSettings.Network(Duration.ofMinutes(10), true, PortRange.DEFAULT));
    }

    Network with(Assembly.Attached device) {
      return new Network(plus(devices, device), routes, settings);
    }

    Network with(Route route) {
      return new Network(devices, plus(routes, route), settings);
    }

    Network with(HostSettings.Network changed) {
      return new Network(devices, routes, changed);
    }
  }

  private final Basis basis;
  private final Network network;
  private final Memory memory;
  private final TcpSettings tcp;

  private StackConfiguration(Basis basis, Network network, Memory memory, TcpSettings tcp) {
    this.basis = basis;
    this.network = network;
    this.memory = memory;
    this.tcp = tcp;
  }

  static StackConfiguration initial() {
    return new StackConfiguration(Basis.initial(), Network.initial(), Memory.initial(), TcpSettings.DEFAULTS);
  }

  private StackConfiguration with(Basis changed) {
    return new StackConfiguration(changed, network, memory, tcp);
  }

  private StackConfiguration with(Network changed) {
    return new StackConfiguration(basis, changed, memory, tcp);
  }

  private StackConfiguration with(Memory changed) {
    return new StackConfiguration(basis, network, changed, tcp);
  }

  /**
   * A secure generator that never waits: it is seeded here, once, on the thread that starts the host. The platform's default
   * reads a file for every number, which an event loop must not.
   */
  private static SecureRandom secureRandom() {
    try {
      SecureRandom generator = SecureRandom.getInstance("DRBG");
      generator.nextLong();
      return generator;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has a DRBG", e);
    }
  }

  /** The host's name, in logs and thread names; {@code host} if nothing is said. */
  public StackConfiguration name(String hostName) {
    return with(new Basis(Checks.text("name", hostName), basis.loop, basis.random, basis.resolver));
  }

  /**
   * The event loop that the whole host runs on and that the caller closes; without it the host has a loop of its own,
   * which ends with it.
   */
  public StackConfiguration runOn(IoEventLoop eventLoop) {
    return with(
        new Basis(basis.name, Checks.given("loop to run on (runOn)", eventLoop), basis.random, basis.resolver));
  }

  /**
   * The source of sequence numbers, ports and identifiers; a {@link SecureRandom} if nothing is said. Anything that can
   * be predicted is for simulations only (RFC 4086, RFC 6528).
   */
  public StackConfiguration random(RandomGenerator generator) {
    return with(new Basis(basis.name, basis.loop, Checks.given("random", generator), basis.resolver));
  }

  /**
   * The host's names: {@code stack -> DnsResolver.create(stack).servers(router)}. Without it only IP addresses and {@code localhost}
   * are known.
   *
   * @param resolver called once, on the host's loop, when the host is complete
   */
  public StackConfiguration resolver(Function<? super NetworkStack, ? extends NameResolver> resolver) {
    return with(new Basis(basis.name, basis.loop, basis.random, Checks.given("resolver", resolver)));
  }

  /**
   * The source of the buffers that the host makes itself: those of connections, datagrams and messages, but not those that
   * devices receive into; {@link ByteBufAllocator#DEFAULT} if nothing is said. Netty's channels of the host have it too, unless they
   * are given another as an option. An allocation that fails costs the connection,
   * datagram or message that it was for, and is counted.
   */
  public StackConfiguration allocator(ByteBufAllocator source) {
    return with(new Memory(Checks.given("allocator", source), memory.limit()));
  }

  /**
   * The most memory, in octets, that the host holds for its traffic: data that was not acknowledged or not read, connections in every
   * state, and packets that wait. At least {@link HostMemory#LEAST_LIMIT}; a quarter of what the JVM may use as direct memory ({@code
   * -XX:MaxDirectMemorySize}, otherwise the largest heap) if nothing is said. It is the role of Linux's {@code tcp_mem}.
   *
   * <p>Above three quarters of it nothing grows: windows stay where they are, producers are asked for no more, channels become
   * unwritable; every connection may send 4 KiB and receive two segments all the same, which are charged when it is established.
   * At the limit new connections are refused, a SYN by silence ({@code tcp.MEMORY_LIMIT} of {@link NetworkStack#drops}), a call by an
   * error that says so. A connection counts for 8 KiB at least, before the end of its handshake for 1 KiB, in TIME-WAIT for half a
   * KiB.
   *
   * <p>Buffers that were handed to the application, and frames inside a device, are not counted. Nor is what an allocator keeps for
   * itself: Netty's pooled and adaptive ones hold whole chunks.
   *
   * @throws IllegalArgumentException if it is below the least limit
   */
  public StackConfiguration memoryLimit(long octets) {
    Checks.range("memoryLimit", octets, HostMemory.LEAST_LIMIT, Long.MAX_VALUE, "octets");
    return with(new Memory(memory.allocator(), octets));
  }

  /**
   * Whether each Ethernet interface tells its link at the start, twice, which IPv4 addresses it has (RFC 5227 section 2.3), so that
   * switches and neighbours know the host before its first packet; true if nothing is said. Hosts of the lab are silent.
   */
  public StackConfiguration announceAddresses(boolean announce) {
    HostSettings.Network now = network.settings;
    return with(network.with(new HostSettings.Network(now.pathMtuLifetime(), announce, now.ephemeralPorts())));
  }

  /**
   * The ports that TCP connections and UDP sockets get which ask for none, drawn at random (RFC 6056); 1024 to 65535 if nothing is
   * said. A small range shows in a test what a service does when its ports are exhausted.
   *
   * @param first the lowest; 1 to 65535
   * @param last the highest; {@code first} to 65535
   * @throws IllegalArgumentException if either is out of its range
   */
  public StackConfiguration ephemeralPorts(int first, int last) {
    HostSettings.Network now = network.settings;
    return with(network.with(new HostSettings.Network(
        now.pathMtuLifetime(), now.announcesAddresses(), new PortRange(first, last))));
  }

  /**
   * Adds an interface; the networks of its addresses are reached on its link. It is called as its device is on this system
   * ({@code tap0}), or {@code if} with its number if the device has no name.
   *
   * @param device opens the device when the host starts
   * @param addresses own addresses with the length of their network's prefix, such as {@code 192.0.2.7/24}
   * @throws IllegalArgumentException if an address is none
   */
  public StackConfiguration device(NetworkDevice.Factory device, String... addresses) {
    String named = Checks.given("device", device).interfaceName();
    return device(named == null ? "if" + network.devices.size() : named, device, addresses);
  }

  /**
   * Adds an interface with a name of its own.
   *
   * @throws IllegalArgumentException if the name is taken, or an address is none
   */
  public StackConfiguration device(String interfaceName, NetworkDevice.Factory device, String... addresses) {
    Checks.text("interfaceName", interfaceName);
    Checks.given("device", device);
    if (network.devices.stream().anyMatch(other -> other.name().equals(interfaceName))) {
      throw new IllegalArgumentException("there is an interface " + interfaceName);
    }
    List<IpPrefix> own = new ArrayList<>();
    for (String address : Checks.all("addresses", addresses)) {
      own.add(IpPrefix.parse(address));
    }
    return with(network.with(new Assembly.Attached(interfaceName, device, List.copyOf(own))));
  }

  /**
   * Adds a default route by way of {@code address}, as {@link #route} does.
   *
   * @throws IllegalArgumentException if it is no address, or in no network of an interface that was added before
   */
  public StackConfiguration gateway(String address) {
    IpAddress gateway = IpAddress.parse(Checks.text("gateway", address));
    return route(IpPrefix.parse(gateway.isV4() ? "0.0.0.0/0" : "::/0"), gateway);
  }

  /**
   * Adds a route to {@code network} by way of {@code gateway}, as the other does.
   *
   * @param network with its length, such as {@code 198.51.100.0/24}
   * @throws IllegalArgumentException if either is no address, or the gateway is in no network of an interface that was added
   *     before
   */
  public StackConfiguration route(String network, String gateway) {
    return route(IpPrefix.parse(Checks.text("network", network)), IpAddress.parse(Checks.text("gateway", gateway)));
  }

  /**
   * Adds a route to {@code network} by way of {@code router}, over the interface in whose network the router is; over the one
   * added last, if it is in the networks of several.
   *
   * @throws IllegalArgumentException if the router is in no network of an interface that was added before, or cannot be a gateway
   *     to the network
   */
  public StackConfiguration route(IpPrefix network, IpAddress router) {
    Checks.given("network", network);
    Checks.given("router", router);
    String link = this.network.devices.reversed().stream()
        .filter(device -> device.addresses().stream().anyMatch(own -> own.contains(router)))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the gateway " + router
            + " is not on the link of any interface: add first the device with an address in its network"))
        .name();
    return with(this.network.with(new Route(network, router, link, 0)));
  }

  /** Changes what connections start with. */
  public StackConfiguration tcp(UnaryOperator<TcpSettings> change) {
    return new StackConfiguration(
        basis, network, memory, Checks.given("tcp", Checks.given("tcp change", change).apply(tcp)));
  }

  /**
   * How long a path MTU smaller than the link's is believed before larger packets are tried again; ten minutes if nothing is
   * said, zero for ever (RFC 1191 section 6.3, RFC 8201 section 5.3).
   *
   * @throws IllegalArgumentException if it is negative, or shorter than the five minutes of RFC 1191 section 3
   */
  public StackConfiguration pathMtuLifetime(Duration lifetime) {
    if (!Checks.given("pathMtuLifetime", lifetime).isZero()) {
      // RFC 1191 3: not before five minutes have passed.
      Checks.range("pathMtuLifetime", lifetime, Duration.ofMinutes(5), Checks.LONGEST);
    }
    HostSettings.Network now = network.settings;
    return with(network.with(new HostSettings.Network(lifetime, now.announcesAddresses(), now.ephemeralPorts())));
  }

  /**
   * Opens the devices and starts the host.
   *
   * <p>Errs with a {@link io.reactorstack.device.DeviceException} if a device cannot be opened; nothing is left open then.
   *
   * <p><b>Backpressure:</b> the host starts with the subscription. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> emits on the host's loop. <b>Cancellation:</b> a host that has started meanwhile is stopped.
   */
  public Mono<NetworkStack> start() {
    return Mono.defer(() -> assembly().start());
  }

  /**
   * As {@link #start}, and waits for it; called on the loop itself it starts at once.
   *
   * @throws io.reactorstack.device.DeviceException if a device cannot be opened
   */
  public NetworkStack startNow() {
    if (basis.loop != null && basis.loop.inEventLoop()) {
      return assembly().assemble();
    }
    NetworkStack stack = start().block();
    if (stack == null) {
      throw new IllegalStateException("start() ended without a stack");
    }
    return stack;
  }

  /** Drawn from the generator here and not on the loop: see {@link #secureRandom}. */
  private Assembly assembly() {
    RandomGenerator random = basis.random == null ? secureRandom() : basis.random;
    HostSettings settings = new HostSettings(
        basis.name, random, new HostMemory(memory.allocator(), memory.limit()), tcp, network.settings);
    return new Assembly(settings, loops(), network.devices, network.routes, basis.resolver);
  }

  private HostLoops loops() {
    if (basis.loop != null) {
      return HostLoops.given(basis.loop);
    }
    return HostLoops.own(network.devices.isEmpty()
        ? new LoopGroup(1, basis.name, LocalIoHandler.newFactory())
        : network.devices.getFirst().device().newLoopGroup(basis.name));
  }

  private static <T> List<T> plus(List<T> list, T more) {
    List<T> longer = new ArrayList<>(list);
    longer.add(more);
    return List.copyOf(longer);
  }
}
