package io.reactorstack.ndp;

import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.host.Hosts;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.event.Ipv6Status;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.HostSnapshot;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IcmpType;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.MldMessage;
import io.reactorstack.wire.NdpMessage;
import io.reactorstack.wire.NdpOption;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/**
 * A host on a test device, and the other stations of its link, in virtual time. Sent frames are lines of text: the MAC
 * address of the destination, the IP addresses, and the message.
 */
final class NdpStation implements AutoCloseable {

  static final String MAC = "02:00:00:00:00:0a";
  static final String PEER_MAC = "02:00:00:00:00:0b";
  static final String NODES = "ff02::1";
  static final String ROUTER = "fe80::1";

  final VirtualLoop loop = new VirtualLoop();
  final TestDevice device = new TestDevice(
      loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));
  final NetworkStack stack;
  final List<InterfaceEvent> events = new ArrayList<>();
  /** The nonce of the last sent solicitation that had one, as an option. */
  byte[] nonce = new byte[0];

  private final long origin = loop.now();
  private final List<NdpMessage> messages = new ArrayList<>();

  /** Starts a host that is configured by routers and does not test its addresses. */
  static NdpStation discovering(String... addresses) {
    return discovering(settings -> settings.withDuplicateAddressDetection(0), addresses);
  }

  /** Starts a host that is configured by routers. */
  static NdpStation discovering(UnaryOperator<Ipv6Settings> settings, String... addresses) {
    return new NdpStation(
        before -> settings.apply(before.withEnabled(true).withRouterDiscovery(true)), addresses);
  }

  /** Starts a host that does not test its addresses. */
  static NdpStation untested(String... addresses) {
    return new NdpStation(settings -> settings.withDuplicateAddressDetection(0), addresses);
  }

  /**
   * Starts a router that does not test its addresses.
   *
   * @param change changes the configuration of the router with its interface eth0
   */
  static NdpStation router(UnaryOperator<StackConfiguration> change, String... addresses) {
    return new NdpStation(1, settings -> settings.withDuplicateAddressDetection(0).withRouterDiscovery(true),
        configuration -> change.apply(configuration.forwarding()), addresses);
  }

  NdpStation(UnaryOperator<Ipv6Settings> settings, String... addresses) {
    this(1, settings, UnaryOperator.identity(), addresses);
  }

  /**
   * Starts a host.
   *
   * @param seed the seed of its random numbers
   * @param change changes the configuration with the interface eth0
   */
  NdpStation(long seed, UnaryOperator<Ipv6Settings> settings, UnaryOperator<StackConfiguration> change,
      String... addresses) {
    StackConfiguration configuration = UnprobedStack.create().runOn(loop).random(new Random(seed))
        .announceAddresses(false).ipv6(before -> settings.apply(before.withRouterDiscovery(false)))
        .device("eth0", any -> device, addresses);
    stack = change.apply(configuration).startNow();
    stack.interfaceEvents().subscribe(events::add);
    loop.settle();
  }

  /** Advances the time to {@code millis} after the start. */
  NdpStation at(long millis) {
    loop.advance(Duration.ofNanos(origin + millis * 1_000_000 - loop.now()));
    return this;
  }

  /** Advances the time to the next task of the host, but at most to {@code millis} after the start. */
  NdpStation step(long millis) {
    long end = origin + millis * 1_000_000;
    loop.advance(Duration.ofNanos(Math.max(0, Math.min(loop.deadline(), end) - loop.now())));
    return this;
  }

  /** The time since the start, in milliseconds. */
  long millis() {
    return (loop.now() - origin) / 1_000_000;
  }

  // ---- received frames

  /** Receives a message with hop limit 255 from the station with {@link #PEER_MAC}. */
  NdpStation receive(String source, String destination, int type, int rest, byte[]... data) {
    byte[] packet = ipv6(source, destination, 58, icmpv6(source, destination, type, 0, rest, concat(data)));
    packet[7] = (byte) 255;
    return receive(packet);
  }

  /** Receives an IPv6 packet from the station with {@link #PEER_MAC}. */
  NdpStation receive(byte[] packet) {
    boolean group = packet[24] == (byte) 0xff;
    String destination = group
        ? String.format("33:33:%02x:%02x:%02x:%02x", packet[36], packet[37], packet[38], packet[39])
        : MAC;
    device.inject(ethernet(destination, PEER_MAC, 0x86dd, packet));
    loop.settle();
    return this;
  }

  NdpStation solicitation(String source, String destination, String target, byte[]... options) {
    return receive(source, destination, 135, 0, address(target), concat(options));
  }

  /**
   * Receives an advertisement.
   *
   * @param flags some of the letters R, S and O
   */
  NdpStation advertisement(String source, String destination, String target, String flags, byte[]... options) {
    int bits = (flags.contains("R") ? 1 << 31 : 0) | (flags.contains("S") ? 1 << 30 : 0)
        | (flags.contains("O") ? 1 << 29 : 0);
    return receive(source, destination, 136, bits, address(target), concat(options));
  }

  static byte[] address(String text) {
    return IpAddress.parse(text).bytes();
  }

  /**
   * Receives a router advertisement from {@link #ROUTER} with hop limit 255.
   *
   * @param flags some of the letters M and O, and H or L for the preference
   * @param lifetime the lifetime of the router, in seconds
   */
  NdpStation router(String flags, int lifetime, byte[]... options) {
    return router(ROUTER, flags, lifetime, 0, 0, 0, options);
  }

  /** Receives a router advertisement from {@code source} to all nodes. */
  NdpStation router(String source, String flags, int lifetime, int hopLimit, int reachableTime, int retransTimer,
      byte[]... options) {
    int bits = (flags.contains("M") ? 0x80 : 0) | (flags.contains("O") ? 0x40 : 0) | (flags.contains("H") ? 8 : 0)
        | (flags.contains("L") ? 0x18 : 0) | (flags.contains("X") ? 0x10 : 0);
    byte[] times = ByteBuffer.allocate(8).putInt(reachableTime).putInt(retransTimer).array();
    return receive(source, NODES, 134, hopLimit << 24 | bits << 16 | lifetime, times, concat(options));
  }

  /**
   * Returns a prefix information option.
   *
   * @param flags some of the letters L and A
   * @param valid the valid lifetime, in seconds; -1 for no end
   */
  static byte[] prefix(String prefix, String flags, long valid, long preferred) {
    IpPrefix parsed = IpPrefix.parse(prefix);
    int bits = (flags.contains("L") ? 0x80 : 0) | (flags.contains("A") ? 0x40 : 0) | (flags.contains("R") ? 0x3f : 0);
    return ByteBuffer.allocate(32).put((byte) 3).put((byte) 4).put((byte) parsed.length()).put((byte) bits)
        .putInt((int) valid).putInt((int) preferred).putInt(0).put(parsed.address().bytes()).array();
  }

  /** Returns an MTU option. */
  static byte[] mtu(int mtu) {
    return ByteBuffer.allocate(8).put((byte) 5).put((byte) 1).putShort((short) 0).putInt(mtu).array();
  }

  /**
   * Returns a route information option with 16 octets of prefix.
   *
   * @param preference the two bits of the preference
   */
  static byte[] route(String network, int preference, long lifetime) {
    IpPrefix parsed = IpPrefix.parse(network);
    return ByteBuffer.allocate(24).put((byte) 24).put((byte) 3).put((byte) parsed.length())
        .put((byte) (preference << 3)).putInt((int) lifetime).put(parsed.address().bytes()).array();
  }

  /** Returns an option with DNS servers. */
  static byte[] dnsServers(long lifetime, String... servers) {
    ByteBuffer option = ByteBuffer.allocate(8 + 16 * servers.length).put((byte) 25)
        .put((byte) (1 + 2 * servers.length)).putShort((short) 0).putInt((int) lifetime);
    for (String server : servers) {
      option.put(address(server));
    }
    return option.array();
  }

  /** Returns an option with one search domain of two labels, at most 30 octets long. */
  static byte[] searchDomain(long lifetime, String domain) {
    String[] labels = domain.split("\\.");
    ByteBuffer option = ByteBuffer.allocate(40).put((byte) 31).put((byte) 5).putShort((short) 0).putInt((int) lifetime);
    for (String label : labels) {
      option.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
    }
    return option.array();
  }

  /** Returns an option with a link-layer address. */
  static byte[] link(int type, String mac) {
    byte[] option = {(byte) type, 1, 0, 0, 0, 0, 0, 0};
    MacAddress.parse(mac).set(Unpooled.wrappedBuffer(option), 2);
    return option;
  }

  // ---- sent frames

  /** Returns and removes the IPv6 frames sent since the last call. */
  List<String> sent() {
    return device.takeSent().stream().map(this::describe).toList();
  }

  private String describe(byte[] frame) {
    ByteBuf bytes = Unpooled.wrappedBuffer(frame);
    EthernetHeader link = EthernetHeader.parse(bytes, NdpStation::bad);
    bytes.skipBytes(link.length());
    if (link.type() != EtherType.IPV6) {
      return link.destination() + " type " + link.type();
    }
    assertThat(link.source()).isEqualTo(MacAddress.parse(MAC));
    Ipv6Header header = Ipv6Header.parse(bytes, NdpStation::bad);
    int start = bytes.readerIndex();
    Ipv6Chain chain = Ipv6Chain.walk(bytes, start, bytes.writerIndex(), true);
    bytes.skipBytes(chain.length());
    String way = link.destination() + " " + header.source() + " > " + header.destination() + " ";
    EnclosingPacket carrier = EnclosingPacket.of(header.source(), header.destination(), 0, PacketFacts.LOCAL);
    if (chain.next() != 58) {
      return way + "protocol " + chain.next();
    }
    if (MldMessage.isIn(bytes)) {
      return way + MldMessage.parse(bytes, carrier, NdpStation::bad);
    }
    if (!NdpMessage.isIn(bytes)) {
      return way + "ICMPv6 " + IcmpType.of(bytes);
    }
    assertThat(header.hopLimit()).isEqualTo(255);
    NdpMessage message = NdpMessage.parse(bytes, carrier, NdpStation::bad);
    messages.add(message);
    return way + describe(message);
  }

  private String describe(NdpMessage message) {
    StringBuilder text = new StringBuilder(switch (message) {
      case NdpMessage.NeighborSolicitation solicitation -> "NS " + solicitation.target();
      case NdpMessage.NeighborAdvertisement neighbor -> "NA " + neighbor.target() + " "
          + (neighbor.router() ? "R" : "") + (neighbor.solicited() ? "S" : "") + (neighbor.override() ? "O" : "");
      default -> message.toString();
    });
    for (NdpOption option : message.options()) {
      text.append(switch (option) {
        case NdpOption.SourceLinkAddress source -> " source " + source.address();
        case NdpOption.TargetLinkAddress target -> " target " + target.address();
        case NdpOption.Nonce value -> {
          nonce = new byte[8];
          nonce[0] = 14;
          nonce[1] = 1;
          value.octets().get(nonce, 2, 6);
          yield " nonce";
        }
        default -> " " + option;
      });
    }
    return text.toString();
  }

  private static void bad(DropReason reason) {
    throw new AssertionError("sent a bad frame: " + reason);
  }

  /** Returns and removes the router advertisements sent since the last call; removes the other frames too. */
  List<NdpMessage.RouterAdvertisement> advertised() {
    return taken(NdpMessage.RouterAdvertisement.class);
  }

  /** Returns and removes the redirects sent since the last call; removes the other frames too. */
  List<NdpMessage.Redirect> redirected() {
    return taken(NdpMessage.Redirect.class);
  }

  private <T extends NdpMessage> List<T> taken(Class<T> type) {
    messages.clear();
    sent();
    return messages.stream().filter(type::isInstance).map(type::cast).toList();
  }

  // ---- state

  /** Returns the addresses that the interface has now, with the first letters of their states. */
  List<String> addresses() {
    return network().interfaces().stream().filter(each -> each.name().equals("eth0"))
        .flatMap(each -> each.addresses().stream())
        .map(own -> own.prefix() + " " + own.state()).toList();
  }

  /** Returns the IPv6 routes over the interface, most specific first: network, gateway and metric. */
  List<String> routes() {
    return network().routes().routes().stream()
        .filter(route -> !route.destination().address().isV4() && route.interfaceName().equals("eth0"))
        .map(route -> route.destination() + " " + (route.gateway() == null ? "link" : route.gateway()) + " "
            + route.metric())
        .toList();
  }

  /** Returns the next hop of packets to {@code destination}. */
  String nextHop(String destination) {
    Destination found = ip().destination(IpAddress.parse(destination));
    return found == null ? "none" : found.nextHop().toString();
  }

  /** Sends a UDP datagram to port 9 of {@code destination}. */
  NdpStation send(String destination) {
    return sendFrom(Ipv6Address.UNSPECIFIED, destination);
  }

  /** Sends a UDP datagram from {@code own} to port 9 of {@code destination}. */
  NdpStation sendFrom(IpAddress own, String destination) {
    Endpoint remote = new Endpoint(IpAddress.parse(destination), 9);
    stack.udp().bind(new Endpoint(own, 0), UdpSettings.DEFAULT)
        .flatMap(socket -> socket.send(Mono.just(Datagram.to(remote, Unpooled.wrappedBuffer(new byte[] {1})))))
        .subscribe();
    loop.settle();
    return this;
  }

  IpHost ip() {
    return Hosts.of(stack).owner().ip();
  }

  private HostSnapshot network() {
    return ip().now();
  }

  /** Returns the last status of the configuration by routers. */
  Ipv6Status status() {
    return events.stream().filter(InterfaceEvent.Ipv6Changed.class::isInstance)
        .map(event -> ((InterfaceEvent.Ipv6Changed) event).status()).reduce((first, last) -> last).orElseThrow();
  }

  long dropped(DropReason reason) {
    return stack.drops().get(reason);
  }

  /** Asserts that {@code receiving} is dropped for this reason and causes no frame. */
  void assertDropped(DropReason reason, Runnable receiving) {
    device.takeSent();
    long before = dropped(reason);
    receiving.run();
    assertThat(dropped(reason)).as(stack.drops().toString()).isEqualTo(before + 1);
    assertThat(sent()).isEmpty();
  }

  @Override
  public void close() {
    stack.dispose();
    loop.settle();
    FrameBalance.assertBalanced(stack);
    assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    assertThat(loop.deadline()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
  }
}
