package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.NetworkStack;
import io.reactorstack.host.Hosts;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Rejections;
import io.reactorstack.setting.Checks;
import io.reactorstack.spi.HostLoop;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpOptions;
import io.reactorstack.wire.DhcpType;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A small DHCP server for one network of a lab (RFC 2131): a program for a host, for example the router of the network.
 * Immutable.
 *
 * <pre>{@code
 * lab.host("dhcp").on(lan, "10.0.0.1/24").runs(DhcpServer.of("10.0.0.100", "10.0.0.199").router("10.0.0.1")).start();
 * Host client = lab.host("client").on(lan).start();
 * lab.await(client.stack().configured(Duration.ofSeconds(30)));
 * }</pre>
 *
 * <p>The server uses one interface of the host only: the one that {@link #on} names, or else the one whose network
 * contains the addresses. A host runs as many servers as it has networks to serve.
 *
 * <p>A client gets the same address again as long as it is free. The server knows its leases until its host crashes or
 * stops; after that it accepts the addresses that clients have. It broadcasts its replies to clients that have no
 * address yet. It has no relay agents, and does not probe an address before it offers it.
 */
public final class DhcpServer implements HostSoftware {

  private static final Duration DEFAULT_LEASE = Duration.ofHours(1);
  private static final int MOST_ADDRESSES = 1 << 16;

  private final Ipv4Address first;
  private final Ipv4Address last;
  private final Duration leaseTime;
  private final DhcpOptions options;
  private final @Nullable String interfaceName;

  private DhcpServer(Ipv4Address first, Ipv4Address last, Duration leaseTime, DhcpOptions options,
      @Nullable String interfaceName) {
    this.first = first;
    this.last = last;
    this.leaseTime = leaseTime;
    this.options = options;
    this.interfaceName = interfaceName;
  }

  /**
   * Returns a server that assigns the addresses from {@code first} to {@code last} for an hour.
   *
   * @throws IllegalArgumentException if one is not an IPv4 address, or there is not at least one and at most 65536
   *     addresses from one to the other
   */
  public static DhcpServer of(String first, String last) {
    Checks.text("first", first);
    Checks.text("last", last);
    Ipv4Address from = Ipv4Address.parse(first);
    Ipv4Address to = Ipv4Address.parse(last);
    Checks.range("number of addresses", Integer.toUnsignedLong(to.bits()) - Integer.toUnsignedLong(from.bits()) + 1, 1,
        MOST_ADDRESSES, "addresses");
    return new DhcpServer(from, to, DEFAULT_LEASE, DhcpOptions.NONE, null);
  }

  /** Sets the duration of leases, from one second; an hour by default. */
  public DhcpServer leaseTime(Duration duration) {
    Checks.range("leaseTime", duration, Duration.ofSeconds(1), Duration.ofSeconds(0xffff_ffffL));
    return new DhcpServer(first, last, duration, options, interfaceName);
  }

  /**
   * Sets the interface whose network the server serves, such as {@code if1}; by default the one whose network contains the
   * server's addresses.
   */
  public DhcpServer on(String name) {
    return new DhcpServer(first, last, leaseTime, options, Checks.text("on", name));
  }

  /** Sets the default router of the clients. */
  public DhcpServer router(String address) {
    return options(now -> now.withAddress(DhcpOptions.ROUTERS, Ipv4Address.parse(Checks.text("router", address))));
  }

  /** Sets the DNS servers of the clients, most preferred first. */
  public DhcpServer dnsServers(String... addresses) {
    List<Ipv4Address> all = Checks.all("dnsServers", addresses).stream().map(Ipv4Address::parse).toList();
    return options(now -> now.withAddresses(DhcpOptions.DNS_SERVERS, all));
  }

  /** Changes the options that every client gets, in addition to those of its lease. */
  public DhcpServer options(UnaryOperator<DhcpOptions> change) {
    return new DhcpServer(first, last, leaseTime,
        Checks.given("options", Checks.given("options change", change).apply(options)),
        interfaceName);
  }

  @Override
  public void start(Host host) {
    // Without block(), so that it also runs in a JVM whose threads the lab does not take over.
    serve(host.stack(), host::show).subscribe(unused -> {}, host::fail);
  }

  /**
   * Serves clients on a host outside of a lab, for example on a TAP, until the subscription is cancelled or the host
   * stops.
   *
   * <p>Fails with {@link IllegalStateException} if no interface has an address in the network of the server's addresses,
   * or the one that {@link #on} names has none, and with {@link java.net.BindException} if the port is taken there.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the host's loop. <b>Cancellation:</b> ends the service; the leases are forgotten.
   */
  public Mono<Void> serve(NetworkStack stack) {
    return serve(Checks.given("stack", stack), table -> {});
  }

  /** @param tables receives the table of the leases */
  private Mono<Void> serve(NetworkStack stack, Consumer<Supplier<Table<?>>> tables) {
    return Mono.defer(() -> {
      HostLoop loop = HostLoop.of(stack);
      return Mono.defer(() -> {
        Place place = place(Hosts.of(stack).owner().ip());
        DhcpLeases leases = new DhcpLeases(place.own, first, last, leaseTime, options);
        tables.accept(() -> LeaseEntry.table(place.interfaceName, leases.entries(loop.nanoTime())));
        return serve(stack, place, leases, loop);
      }).subscribeOn(loop.scheduler());
    });
  }

  private static Mono<Void> serve(NetworkStack stack, Place place, DhcpLeases leases, HostLoop loop) {
    return Mono.usingWhen(
        stack.udp().bind(new Endpoint(Ipv4Address.UNSPECIFIED, DhcpMessage.SERVER_PORT),
            UdpSettings.DEFAULT.withInterface(place.interfaceName)),
        socket -> socket.send(socket.receive().mapNotNull(
            received -> answered(leases, received, place.own.address(), loop.nanoTime())))
            // The errors of single replies are counted by the host, and the others mean that it has stopped.
            .onErrorComplete(IOException.class),
        UdpConnection::close);
  }

  /** The interface on the network of the clients, and its address there with the length of the network's prefix. */
  private record Place(String interfaceName, IpPrefix own) {}

  private Place place(IpHost host) {
    for (NetworkInterface each : host.interfaces()) {
      if (interfaceName == null || interfaceName.equals(each.name())) {
        for (InterfaceAddress own : each.addresses()) {
          if (own.prefix().contains(first) && own.prefix().contains(last)) {
            return new Place(each.name(), own.prefix());
          }
        }
      }
    }
    throw new IllegalStateException(
        (interfaceName == null ? "no interface has an address" : "the interface " + interfaceName + " has no address")
            + " in a network of " + first + " to " + last);
  }

  /** Returns the reply to {@code received}, which it releases, or {@code null}. */
  private static @Nullable Datagram answered(DhcpLeases leases, Datagram received, IpAddress own, long now) {
    DhcpMessage request;
    try {
      request = DhcpMessage.parse(received.payload(), Rejections.UNCOUNTED);
    } finally {
      received.release();
    }
    DhcpMessage reply = request == null ? null : leases.answer(request, now);
    if (request == null || reply == null) {
      return null;
    }
    ByteBuf bytes = Headroom.reserve(UnpooledByteBufAllocator.DEFAULT, reply.length());
    reply.write(bytes);
    Ipv4Address client = request.addresses().ciaddr();
    // RFC 2131 4.1: a refusal is broadcast, as is every reply to a client that cannot answer ARP requests yet.
    boolean unicast = !client.isUnspecified() && reply.type() != DhcpType.NAK;
    return new Datagram(new Endpoint(own, DhcpMessage.SERVER_PORT),
        new Endpoint(unicast ? client : Ipv4Address.BROADCAST, DhcpMessage.CLIENT_PORT), 0, 0, bytes);
  }
}
