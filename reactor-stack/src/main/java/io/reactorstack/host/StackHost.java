package io.reactorstack.host;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.forward.Translation;
import io.reactorstack.ip.host.HostNetwork;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.layer.Meters;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.ndp.NdpLink;
import io.reactorstack.neighbor.RarpLayer;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.routing.AdvertisementSettings;
import io.reactorstack.setting.Checks;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * One host: its shards, and the state that they share.
 *
 * <p>The first shard is the owner: the host's devices are on its loop, addresses and routes are changed there, and
 * events are emitted there. A host that was started by {@code StackConfiguration} has one shard.
 *
 * <p>Order of use: the constructor, {@link #attachLoopback}, {@link #attach} for each device and {@link #route}, all on
 * the owner's loop, then either {@link #abandon}, or {@link #end} once or several times on any thread.
 */
public final class StackHost {

  private static final AtomicInteger COUNT = new AtomicInteger();

  /** A shard with its interfaces and its shutdown. */
  private record Part(StackShard shard, Interfaces interfaces, Shutdown shutdown) {}

  private final int number = COUNT.incrementAndGet();
  private final HostSettings settings;
  private final HostLoops loops;
  private final Meters meters = new Meters();
  private final Drops drops = new Drops(meters);
  private final HostNetwork network;
  private final List<Part> parts;
  private final List<StackShard> shards;
  private final InterfaceEvents interfaceEvents;
  private final LearnedDns dns = new LearnedDns();
  private final AtomicInteger running;
  private final Sinks.Empty<Void> stopped = Sinks.empty();
  private final Sinks.Empty<Void> terminated = Sinks.empty();
  private volatile boolean stopping;

  /** Creates a host without interfaces, with a shard on each of {@code loops}. */
  public StackHost(HostSettings settings, HostLoops loops) {
    this.settings = settings;
    this.loops = loops;
    network = new HostNetwork(HostLoops.executor(loops.first()), settings.selection());
    meters.add(HostMeter.MEMORY_HELD, settings.memory()::held);
    meters.add(HostMeter.MEMORY_LIMIT, settings.memory()::limit);
    AtomicInteger shard = new AtomicInteger();
    parts = loops.each().stream()
        .map(
            loop -> part(shard.getAndIncrement(), loop, loop.equals(loops.first()) ? this::onOwnersEvent : event -> {}))
        .toList();
    shards = parts.stream().map(Part::shard).toList();
    running = new AtomicInteger(parts.size());
    interfaceEvents = new InterfaceEvents(owner().turn(), terminated::tryEmitError);
  }

  private void onOwnersEvent(InterfaceEvent event) {
    dns.onEvent(event);
    interfaceEvents.add(event);
  }

  private Part part(int index, IoEventLoop loop, Consumer<? super InterfaceEvent> events) {
    var ofShard = new Drops(meters.with(MeterTag.SHARD, Integer.toString(index)));
    StackShard shard = new StackShard(loop, network, settings, ofShard, events);
    Interfaces interfaces = new Interfaces(shard);
    return new Part(shard, interfaces, new Shutdown(shard, () -> onShardStopped(interfaces)));
  }

  // ---- assembly

  /** Adds the loopback interface; each shard has a loopback device of its own. */
  public void attachLoopback() {
    network.attach(NetworkInterface.LOOPBACK, DeviceCapabilities.ip(NetworkInterface.LOOPBACK_MTU),
        InterfaceSnapshot.OF_LOOPBACK);
    parts.forEach(part -> part.shard.turn().execute(part.interfaces::attachLoopback));
  }

  /**
   * Opens {@code device} on the owner's loop, and adds an interface over it and one for each of {@code vlans}.
   *
   * @param mtus the MTUs of interfaces that are not to have those of their devices, by interface name
   * @throws io.reactorstack.device.DeviceException if the device cannot be opened, or has no VLANs
   * @throws IllegalArgumentException if an MTU is above that of the device, or an interface cannot have one of its
   *     addresses
   */
  public void attach(
      String name, NetworkDevice.Factory device, List<IpPrefix> addresses, List<VlanInterface> vlans,
      Map<String, Integer> mtus) {
    interfaces().attach(name, device.open(owner().loop()), addresses, vlans, mtus);
  }

  /**
   * Starts the DHCP client of the interface {@code name}.
   *
   * @throws IllegalArgumentException if there is no such interface, or it has no MAC address
   */
  public void startDhcp(String name, DhcpSettings dhcp) {
    interfaces().startDhcp(name, dhcp, this::onOwnersEvent);
  }

  /**
   * Returns whether the interface {@code name} can be configured by IPv6 routers.
   *
   * @param declared whether the user wants it to be
   * @throws IllegalArgumentException if there is no such interface, or it cannot be and the user wants it
   */
  public boolean hasNeighborDiscovery(String name, boolean declared) {
    boolean has = interfaces().renumbering().link(name).ndp() != null;
    if (declared && !has) {
      throw new IllegalArgumentException("SLAAC needs Ethernet, and the interface " + name + " has no MAC address");
    }
    return has;
  }

  /**
   * Gives the interface {@code name} a link-local IPv4 address while it has no other one (RFC 3927).
   *
   * @throws IllegalArgumentException if there is no such interface, or it has no MAC address
   */
  public void startLinkLocal(String name) {
    interfaces().startLinkLocal(name);
  }

  /**
   * Makes the interface {@code name} send router advertisements.
   *
   * @throws IllegalArgumentException if there is no such interface, it has no MAC address, or its MTU is below the
   *     advertised one
   */
  public void startAdvertising(String name, AdvertisementSettings settings) {
    interfaces().renumbering().advertiser(name).advertise(settings);
  }

  /** Adds a route. */
  public void route(Route route) {
    network.routes(routes -> routes.with(route));
  }

  /** Undoes a failed start. Nothing was sent yet, and no caller has seen the host. */
  public void abandon() {
    for (Part part : parts) {
      part.shard.turn().execute(() -> {
        part.shard.end();
        part.interfaces.close();
      });
    }
    interfaceEvents.end();
  }

  // ---- accessors

  /** The host's name. */
  public String name() {
    return settings.name();
  }

  /** A number that is unique among the hosts of this JVM. */
  public int number() {
    return number;
  }

  /** The settings that all shards share. */
  public HostSettings settings() {
    return settings;
  }

  /** The counters of the host's drops, by reason; may be read on any thread. */
  public Drops drops() {
    return drops;
  }

  /** The counters and gauges of all shards; may be read on any thread. */
  public Meters meters() {
    return meters;
  }

  /** All shards, the owner first. */
  public List<StackShard> shards() {
    return shards;
  }

  /** The shard whose loop the host's devices are on, and on which state of the whole host is changed. */
  public StackShard owner() {
    return parts.getFirst().shard;
  }

  /** Returns the shard that is confined to {@code loop}; {@code null} if this host has no shard on it. */
  public @Nullable StackShard shardOn(EventLoop loop) {
    for (StackShard shard : shards) {
      if (loop.equals(shard.loop())) {
        return shard;
      }
    }
    return null;
  }

  private Interfaces interfaces() {
    return parts.getFirst().interfaces;
  }

  // ---- changes; see NetworkStack for details

  /** Returns a Mono that asks {@code question} about the network on the owner's loop. */
  public <T> Mono<T> ask(Function<? super IpHost, ? extends T> question) {
    return onLoop(sink -> sink.success(question.apply(owner().ip())));
  }

  /** See {@code NetworkStack.natMappings}. */
  public Mono<List<NatMapping>> natMappings() {
    return onLoop(sink -> {
      Translation translation = owner().translation();
      sink.success(translation == null ? List.of() : translation.mappings());
    });
  }

  /** See {@code NetworkStack.addAddress}. */
  public Mono<Void> addAddress(String interfaceName, IpPrefix address) {
    return change(sink -> interfaces().addAddress(interfaceName, address, failure -> {
      if (failure == null) {
        sink.success();
      } else {
        sink.error(failure);
      }
    }));
  }

  /** See {@code NetworkStack.removeAddress}. */
  public Mono<Void> removeAddress(IpAddress address) {
    return change(sink -> interfaces().renumbering().removeAddress(address, sink::success));
  }

  /** See {@code NetworkStack.addRoute}. */
  public Mono<Void> addRoute(IpPrefix network, IpAddress gateway, int metric) {
    return change(sink -> {
      interfaces().renumbering().addRoute(network, gateway, metric);
      sink.success();
    });
  }

  /** See {@code NetworkStack.removeRoute}. */
  public Mono<Void> removeRoute(IpPrefix network, IpAddress gateway) {
    return change(sink -> {
      interfaces().renumbering().removeRoute(network, gateway);
      sink.success();
    });
  }

  /** See {@code NetworkStack.forwarding}. */
  public Mono<Void> forwarding(boolean on) {
    return change(sink -> {
      shards.forEach(shard -> shard.turn().execute(() -> shard.forwarding(on)));
      sink.success();
    });
  }

  /** See {@code NetworkStack.advertise}. */
  public Mono<Void> advertise(String interfaceName, UnaryOperator<AdvertisementSettings> change) {
    return change(sink -> {
      NdpLink link = interfaces().renumbering().advertiser(interfaceName);
      AdvertisementSettings now = link.advertisement();
      link.advertise(Checks.given("advertisement", change.apply(now == null ? AdvertisementSettings.DEFAULTS : now)));
      sink.success();
    });
  }

  /** See {@code NetworkStack.stopAdvertising}. */
  public Mono<Void> stopAdvertising(String interfaceName) {
    return change(sink -> {
      interfaces().renumbering().advertiser(interfaceName).stopAdvertising();
      sink.success();
    });
  }

  /** See {@code Dhcp.renew}. */
  public Mono<Void> renewLease(String interfaceName) {
    return change(sink -> {
      interfaces().dhcp(interfaceName).renew();
      sink.success();
    });
  }

  /** See {@code Dhcp.release}. */
  public Mono<Void> releaseLease(String interfaceName) {
    return change(sink -> {
      interfaces().dhcp(interfaceName).release();
      sink.success();
    });
  }

  /** See {@code NetworkStack.configured}. */
  public Mono<Void> configured(Duration timeout) {
    return this.<Boolean>answer(this::isConfigured)
        .flatMap(now -> now ? Mono.<Void>empty() : awaitConfiguration(timeout));
  }

  private boolean isConfigured() {
    return interfaces().refusal() == null && interfaces().unconfigured().isEmpty();
  }

  private Mono<Void> awaitConfiguration(Duration timeout) {
    return interfaceEvents()
        .<InterfaceEvent>handle((event, sink) -> {
          IOException refusal = interfaces().refusal();
          if (refusal != null) {
            sink.error(refusal);
          } else if (isConfigured()) {
            sink.next(event);
          }
        })
        .next()
        .switchIfEmpty(Mono.error(() -> new IOException("Network stack stopped")))
        .timeout(timeout, Mono.error(() -> new TimeoutException(
            "not configured within " + timeout + ": " + String.join("; ", interfaces().unconfigured()))),
            Schedulers.fromExecutorService(owner().loop()))
        .onErrorMap(RejectedExecutionException.class, ended -> new IOException("Network stack stopped", ended))
        .then();
  }

  /** See {@code NetworkStack.dns}. */
  public DnsConfiguration dns() {
    return dns.now();
  }

  /** See {@code NetworkStack.dnsChanges}. */
  public Flux<DnsConfiguration> dnsChanges() {
    return Flux.defer(() -> interfaceEvents().map(event -> dns.now()).startWith(dns.now()).distinctUntilChanged());
  }

  private Mono<Void> change(Consumer<MonoSink<Void>> change) {
    return onLoop(change);
  }

  private <T> Mono<T> answer(Supplier<T> question) {
    return onLoop(sink -> sink.success(question.get()));
  }

  /** Returns a Mono that runs {@code action} on the owner's loop, and fails with the exception that it throws. */
  private <T> Mono<T> onLoop(Consumer<MonoSink<T>> action) {
    return Mono.create(sink -> {
      Runnable onLoop = () -> {
        try {
          if (stopping) {
            throw new IOException("Network stack stopped");
          }
          action.accept(sink);
        } catch (IOException | RuntimeException e) {
          sink.error(e);
        }
      };
      if (!owner().turn().offer(onLoop)) {
        sink.error(new IOException("Network stack stopped"));
      }
    });
  }

  /** See {@code NetworkStack.requestAddressByRarp}. */
  public Mono<Ipv4Address> requestAddressByRarp(String interfaceName, Duration timeout) {
    return this.<Mono<Ipv4Address>>answer(() -> rarp(interfaceName).request(timeout)).flatMap(Function.identity());
  }

  /** See {@code NetworkStack.serveRarp}. */
  public Mono<Void> serveRarp(String interfaceName, Map<MacAddress, Ipv4Address> table) {
    return this.<Mono<Void>>answer(() -> rarp(interfaceName).serve(table)).flatMap(Function.identity());
  }

  private RarpLayer rarp(String interfaceName) {
    return interfaces().renumbering().link(interfaceName).rarp();
  }

  /** See {@code NetworkStack.interfaceEvents}. */
  public Flux<InterfaceEvent> interfaceEvents() {
    return interfaceEvents.flux();
  }

  // ---- shutdown

  /** See {@code NetworkStack.onTerminate}. */
  public Mono<Void> onTerminate() {
    return terminated.asMono();
  }

  /** Returns whether {@link #end} was called; the host may still be finishing outstanding work. */
  public boolean isStopping() {
    return stopping;
  }

  /**
   * Rejects new connections, sockets and changes immediately. Ends each shard when nothing on it is open any more, when
   * no data has been sent or received for {@code quietPeriod}, or after {@code timeout}. May be called from any thread.
   *
   * @return completes when the whole host has ended
   */
  public Mono<Void> end(Duration quietPeriod, Duration timeout) {
    stopping = true;
    shards.forEach(StackShard::retire);
    parts.forEach(part -> part.shutdown.begin(quietPeriod, timeout));
    return stopped.asMono();
  }

  /** Runs on the shard's loop, unless that has ended before. */
  private void onShardStopped(Interfaces interfaces) {
    interfaces.close();
    if (running.decrementAndGet() == 0 && !owner().turn().offer(this::onAllStopped)) {
      onAllStopped();
    }
  }

  private void onAllStopped() {
    interfaceEvents.end();
    loops.end(() -> {
      stopped.tryEmitEmpty();
      terminated.tryEmitEmpty();
    });
  }
}
