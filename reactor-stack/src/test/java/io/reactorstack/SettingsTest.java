package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Ticker;
import io.reactorstack.acd.ConflictReaction;
import io.reactorstack.acd.Ipv4Settings;
import io.reactorstack.device.Capture;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.linux.PacketSocketDevice;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.device.stream.StreamSocketDevice;
import io.reactorstack.dhcp.DhcpClientId;
import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.icmp.IcmpSettings;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.TraceOptions;
import io.reactorstack.lab.Bottleneck;
import io.reactorstack.lab.CongestionTrial;
import io.reactorstack.lab.Decision;
import io.reactorstack.lab.Decisions;
import io.reactorstack.lab.DhcpServer;
import io.reactorstack.lab.Distribution;
import io.reactorstack.lab.Effect;
import io.reactorstack.lab.Effects;
import io.reactorstack.lab.Frames;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.HostBuilder;
import io.reactorstack.lab.HostClock;
import io.reactorstack.lab.ImpairedDevice;
import io.reactorstack.lab.Impairment;
import io.reactorstack.lab.Junction;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.LabBuilder;
import io.reactorstack.lab.Loss;
import io.reactorstack.lab.Plug;
import io.reactorstack.lab.PortMode;
import io.reactorstack.lab.Slots;
import io.reactorstack.lab.Switch;
import io.reactorstack.lab.SwitchSettings;
import io.reactorstack.lab.Verdict;
import io.reactorstack.lab.Wire;
import io.reactorstack.nat.NatFiltering;
import io.reactorstack.nat.NatLimits;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.NatTimeouts;
import io.reactorstack.ndp.Ipv6Settings;
import io.reactorstack.packet.AddressPolicy;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PortRange;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.routing.AdvertisedDns;
import io.reactorstack.routing.AdvertisedPrefix;
import io.reactorstack.routing.AdvertisedRoute;
import io.reactorstack.routing.AdvertisementSettings;
import io.reactorstack.routing.ForwardingSettings;
import io.reactorstack.routing.PacketFilter;
import io.reactorstack.routing.ReversePath;
import io.reactorstack.tcp.Tcp;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.TcpSocketOptions;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Cubic;
import io.reactorstack.tcp.model.BufferSettings;
import io.reactorstack.tcp.model.ClosingSettings;
import io.reactorstack.tcp.model.CongestionSettings;
import io.reactorstack.tcp.model.ProbingSettings;
import io.reactorstack.tcp.model.RecoverySettings;
import io.reactorstack.tcp.model.SecuritySettings;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TimerSettings;
import io.reactorstack.tcp.model.WireSettings;
import io.reactorstack.telemetry.Describer;
import io.reactorstack.telemetry.Story;
import io.reactorstack.testing.SetterWalk;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.LongDatagrams;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.RouterPreference;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.tcp.TcpClient;
import reactor.netty.transport.ClientTransport;

/** Every public setter of the stack rejects wrong values at the call. */
class SettingsTest {

  private final Lab lab = Lab.virtual(9);
  private final AtomicInteger wires = new AtomicInteger();
  private final Switch lan = lab.newSwitch("lan");
  private final Host client = lab.host("client").address("10.0.0.1/24").connectTo(lan);
  private final Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);

  @AfterEach
  void closeLab() {
    // The lab does not stop while a host has been configured but not started.
    lab.host("other").address("10.0.0.8/24").connectTo(lan);
    lab.close();
  }

  @Test
  void everySetterRejectsWrongValuesWithAHelpfulMessage() {
    SetterWalk walk = SetterWalk.over(NetworkStack.class);
    samples(walk);
    instances(walk);
    noSettings(walk);
    rightOnes(walk);
    walk.walk();
  }

  @Test
  void messageNamesSettingValueRangeAndUnit() {
    Tcp tcp = client.stack().tcp();
    refused(() -> tcp.sendBuffer(0), "sendBuffer 0 is out of range: 2048 to 1073741824 bytes");
    refused(() -> tcp.settings(s -> s.withBuffers(b -> b.withMaxReceiveBuffer(-1))),
        "maxReceiveBuffer -1 is out of range: 2048 to 1073741824 bytes");
    refused(() -> tcp.settings(s -> s.withTimers(t -> t.withDelayedAck(Duration.ofMillis(500)))),
        "delayedAck 500 ms is out of range: 0 s to 499 ms");
    refused(() -> tcp.settings(s -> s.withTimers(t -> t.withMinRto(Duration.ofMinutes(3)))),
        "minRto 3 min is out of range: 1 ms to 2 min");
    refused(() -> tcp.connectTimeout(Duration.ofSeconds(Long.MAX_VALUE)),
        "connectTimeout 9223372036854775807 s is out of range: 0 s to 365 d");
    refused(() -> lab.host("other").wire(wire -> wire.delay(Duration.ofSeconds(-1))),
        "delay -1 s is out of range: 0 s to 365 d");
    refused(() -> client.wire().impair(wire -> wire.rate(-1)),
        "rate -1 is out of range: 0 to 1000000000000 bit/s, 0 for no bottleneck (bitsPerSecond)");
    refused(() -> Impairment.none().loss(Double.NaN), "loss NaN is out of range: 0.0 to 1.0 of the whole");
  }

  @Test
  void callsThatOpenSomethingCheckTheirArgumentsToo() {
    refused(() -> client.stack().tcp().listen(-1), "port -1 is out of range: 0 to 65535 (0 lets the stack choose)");
    refused(() -> client.stack().tcp().connect("10.0.0.2", 65_536),
        "port 65536 is out of range: 0 to 65535 (0 lets the stack choose)");
    refused(() -> client.stack().tcp().connect("", 80), "not an IP address: ''");
    refused(() -> client.stack().udp().bind(65_536),
        "port 65536 is out of range: 0 to 65535 (0 lets the stack choose)");
    refused(() -> lab.advance(Duration.ofNanos(-1)), "duration PT-0.000000001S is out of range: 0 s to 365 d");
    refused(() -> lab.newSwitch(" "), "name ' ' is blank: at least one visible character");
    refused(() -> client.stack().stop(Duration.ofSeconds(2), Duration.ofSeconds(1)),
        "quietPeriod 2 s is out of range: 0 s to 1 s");
    refused(() -> client.stack().stop(Duration.ofSeconds(-1), Duration.ofSeconds(1)),
        "quietPeriod -1 s is out of range: 0 s to 1 s");
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  private void instances(SetterWalk walk) {
    TcpSettings tcp = TcpSettings.DEFAULTS;
    walk.instance(StackConfiguration.class, () -> UnprobedStack.create().device(loop -> null, "10.0.0.1/24"))
        .instance(PacketSocketDevice.class, () -> PacketSocketDevice.on("eth0"))
        .instance(TapDevice.class, () -> TapDevice.named("tap0"))
        .instance(StreamSocketDevice.class, () -> StreamSocketDevice.at(Path.of("socket")))
        .instance(PingOptions.class, () -> PingOptions.DEFAULT)
        .instance(TraceOptions.class, () -> TraceOptions.DEFAULT)
        .instance(DeviceCapabilities.class, () -> DeviceCapabilities.ip(1500))
        .instance(Endpoint.class, () -> new Endpoint(IpAddress.parse("10.0.0.9"), 9))
        .instance(IpPrefix.class, () -> IpPrefix.parse("10.0.0.9/24"))
        .instance(Ipv6Address.class, () -> new Ipv6Address(0xfe80_0000_0000_0000L, 1))
        .instance(AddressPolicy.class, () -> AddressPolicy.DEFAULT)
        .instance(AddressSelection.class, () -> AddressSelection.DEFAULT)
        .instance(CongestionTrial.class, () -> new CongestionTrial(Cubic.FACTORY))
        .instance(Lab.class, () -> lab)
        .instance(LabBuilder.class, Lab::builder)
        .instance(Host.class, () -> client)
        .instance(HostClock.class, () -> client.clock())
        .instance(HostBuilder.class, () -> lab.host("other").address("10.0.0.8/24"))
        .instance(Wire.class, client::wire)
        .instance(Plug.class, () -> client.wire().left())
        .instance(Impairment.class, Impairment::none)
        .instance(ImpairedDevice.class, this::impairedDevice)
        .instance(Bottleneck.class, () -> Bottleneck.NONE)
        .instance(Slots.class, () -> Slots.NONE)
        .instance(SwitchSettings.class, () -> SwitchSettings.DEFAULT)
        .instance(PortMode.Trunk.class, () -> PortMode.ALL)
        .instance(Effect.class, Effects::drop)
        .instance(Verdict.class, Verdict::pass)
        .instance(Story.Builder.class, Story::builder)
        .instance(MulticastGroup.class, () -> MulticastGroup.of("239.1.2.3"))
        .instance(DhcpSettings.class, () -> DhcpSettings.DEFAULT)
        .instance(DhcpServer.class, () -> DhcpServer.of("10.0.0.100", "10.0.0.199"))
        .instance(UdpSettings.class, () -> UdpSettings.DEFAULT)
        .instance(PathMtuSettings.class, () -> PathMtuSettings.DEFAULT)
        .instance(IcmpSettings.class, () -> IcmpSettings.DEFAULTS)
        .instance(Ipv4Settings.class, () -> Ipv4Settings.DEFAULTS)
        .instance(ForwardingSettings.class, () -> ForwardingSettings.DEFAULTS)
        .instance(PacketFilter.class, () -> PacketFilter.PASS_ALL)
        .instance(AdvertisementSettings.class, () -> AdvertisementSettings.DEFAULTS)
        .instance(AdvertisedPrefix.class, () -> AdvertisedPrefix.of(IpPrefix.parse("2001:db8::/64")))
        .instance(AdvertisedRoute.class, () -> AdvertisedRoute.of(IpPrefix.parse("2001:db8::/32")))
        .instance(Ipv6Settings.class, () -> Ipv6Settings.DEFAULTS)
        .instance(NatSettings.class, () -> NatSettings.DEFAULT)
        .instance(NatLimits.class, () -> NatLimits.DEFAULT)
        .instance(NatTimeouts.class, () -> NatTimeouts.DEFAULT)
        .instance(Tcp.class, client.stack()::tcp)
        .instance(TcpSocketOptions.class, this::optionsOfOpenConnection)
        .instance(TcpSettings.class, () -> tcp)
        .instance(BufferSettings.class, tcp::buffers)
        .instance(TimerSettings.class, tcp::timers)
        .instance(CongestionSettings.class, tcp::congestion)
        .instance(RecoverySettings.class, tcp::recovery)
        .instance(ProbingSettings.class, tcp::probing)
        .instance(ClosingSettings.class, tcp::closing)
        .instance(SecuritySettings.class, tcp::security)
        .instance(WireSettings.class, tcp::wire);
  }

  private ImpairedDevice impairedDevice() {
    NetworkDevice.Factory device = new MemoryCable(DeviceCapabilities.ip(1500), DeviceCapabilities.ip(1500), 1).left();
    return lab.call(() -> (ImpairedDevice) ImpairedDevice.around(device, Impairment.none(), Impairment.none(), 1)
        .open(lab.loop()));
  }

  private TcpSocketOptions optionsOfOpenConnection() {
    if (options == null) {
      server.stack().tcp().listen(80).subscribe();
      TcpConnection connection = lab.await(client.stack().tcp().connect("10.0.0.2", 80));
      AtomicReference<TcpSocketOptions> found = new AtomicReference<>();
      connection.options(found::set);
      lab.advance(Duration.ofMillis(1));
      options = found.get();
    }
    return options;
  }

  private TcpSocketOptions options;

  private void samples(SetterWalk walk) {
    TcpSettings tcp = TcpSettings.DEFAULTS;
    walk.sample(String.class, () -> "10.0.0.9/24")
        .sample(String[].class, () -> new String[] {"10.0.0.9/24"})
        .sample(int.class, () -> 10)
        .sample(long.class, () -> 10L)
        .sample(boolean.class, () -> true)
        .sample(UdpSettings.Queues.class, UdpSettings.DEFAULT::queues)
        .sample(UdpSettings.Header.class, UdpSettings.DEFAULT::header)
        .sample(PingOptions.Header.class, PingOptions.DEFAULT::header)
        .sample(TraceOptions.Hops.class, TraceOptions.DEFAULT::hops)
        .sample(TraceOptions.Protocol.class, TraceOptions.DEFAULT::protocol)
        .sample(Ipv4Options.class, () -> Ipv4Options.NONE)
        .sample("new PingOptions(pattern)", () -> "ff")
        .sample("PingOptions.pattern(digits)", () -> "ff")
        .sample("new TraceOptions(discoverMtu)", () -> false)
        .sample(IcmpSettings.Rate.class, IcmpSettings.DEFAULTS::errors)
        .sample(ConflictReaction.class, () -> ConflictReaction.GIVE_UP)
        .sample(PacketFilter.class, () -> PacketFilter.PASS_ALL)
        .sample("new ForwardingSettings(excluded)", () -> Set.of("if1"))
        .sample("new PacketFilter.Rule(source)", Optional::empty)
        .sample("new PacketFilter.Rule(destination)", Optional::empty)
        .sample(PacketFilter.Action.class, () -> PacketFilter.Action.DISCARD)
        .sample(ReversePath.class, () -> ReversePath.STRICT)
        .sample(Endpoint.class, () -> new Endpoint(IpAddress.parse("10.0.0.9"), 9))
        .sample(PortRange.class, () -> PortRange.DEFAULT)
        .sample(NatFiltering.class, () -> NatFiltering.ADDRESS_DEPENDENT)
        .sample(NatProtocol.class, () -> NatProtocol.UDP)
        .sample(NatLimits.class, () -> NatLimits.DEFAULT)
        .sample(NatTimeouts.class, () -> NatTimeouts.DEFAULT)
        .sample(NatSettings.Ports.class, NatSettings.DEFAULT::ports)
        .sample("new NatLimits(heldOctets)", () -> 4096)
        .sample("new NatTimeouts(udp)", () -> Duration.ofHours(3))
        .sample("new NatTimeouts(icmp)", () -> Duration.ofHours(3))
        .sample("new NatTimeouts(tcpOpening)", () -> Duration.ofHours(3))
        .sample("new NatTimeouts(tcpEstablished)", () -> Duration.ofHours(3))
        .sample("new NatTimeouts(tcpClosing)", () -> Duration.ofHours(3))
        .sample("StackConfiguration.nat(outside)", () -> "if0")
        .sample(RouterPreference.class, () -> RouterPreference.HIGH)
        .sample(AdvertisementSettings.Intervals.class, AdvertisementSettings.DEFAULTS::intervals)
        .sample(AdvertisementSettings.DefaultRouter.class, AdvertisementSettings.DEFAULTS::router)
        .sample(AdvertisementSettings.LinkParameters.class, AdvertisementSettings.DEFAULTS::link)
        .sample(AdvertisedDns.class, () -> AdvertisedDns.NONE)
        .sample("new AdvertisementSettings.Intervals(minRtrAdvInterval)", () -> Duration.ofSeconds(200))
        .sample("new AdvertisementSettings.Intervals(maxRtrAdvInterval)", () -> Duration.ofSeconds(600))
        .sample("new AdvertisementSettings.LinkParameters(mtu)", () -> 1500)
        .sample("new AdvertisedPrefix(prefix)", () -> IpPrefix.parse("2001:db8::/64"))
        .sample("new AdvertisedPrefix(preferredLifetime)", () -> Duration.ZERO)
        .sample("AdvertisedPrefix.withLifetimes(preferred)", () -> Duration.ZERO)
        .sample("new AdvertisedRoute(network)", () -> IpPrefix.parse("2001:db8::/32"))
        .sample("StackConfiguration.advertise(interfaceName)", () -> "if0")
        .sample(Ipv6Settings.Identifiers.class, () -> Ipv6Settings.Identifiers.STABLE)
        .sample(Ipv6Settings.Secret.class, () -> new Ipv6Settings.Secret(1, 2))
        .sample(Ipv6Settings.Routers.class, () -> Ipv6Settings.Routers.DEFAULT)
        .sample("new DnsConfiguration(servers)", () -> List.of(IpAddress.parse("10.0.0.9")))
        .sample("new DnsConfiguration(searchDomains)", () -> List.of("example.com"))
        .sample("StackConfiguration.slaac(interfaceName)", () -> "if0")
        .sample("StackConfiguration.ipv6(interfaceName)", () -> "if0")
        .sample(double.class, () -> 0.5)
        .sample(Duration.class, () -> Duration.ofSeconds(1))
        .sample(UnaryOperator.class, UnaryOperator::identity)
        .sample(Consumer.class, () -> value -> {})
        .sample(NetworkDevice.Factory.class, () -> loop -> null)
        .sample(NetworkDevice.class, () -> new MemoryCable(
            DeviceCapabilities.ip(1500), DeviceCapabilities.ip(1500), 1).left().open(lab.loop()))
        .sample(DeviceCapabilities.class, () -> DeviceCapabilities.ip(1500))
        .sample(DeviceCapabilities.Medium.class, () -> DeviceCapabilities.Medium.IP)
        .sample(ClientTransport.class, TcpClient::newConnection)
        .sample(LongDatagrams.class, () -> LongDatagrams.REFUSED)
        .sample(NetworkStack.class, client::stack)
        .sample(IoEventLoop.class, lab::loop)
        .sample(Ticker.class, Ticker::systemTicker)
        .sample(FrameObserver[].class, () -> new FrameObserver[0])
        .sample(FrameObserver.class, () -> (direction, frame, nanos) -> {})
        .sample(List.class, List::of)
        .sample(OutputStream.class, OutputStream::nullOutputStream)
        .sample(InstantSource.class, () -> () -> java.time.Instant.EPOCH)
        .sample(Scheduler.class, Schedulers::immediate)
        .sample(RandomGenerator.class, () -> new SplittableRandom(1))
        .sample(ByteBufAllocator.class, () -> ByteBufAllocator.DEFAULT)
        .sample(IpAddress.class, () -> IpAddress.parse("10.0.0.9"))
        .sample(Ipv4Address.class, () -> Ipv4Address.parse("10.0.0.9"))
        .sample(byte[].class, () -> new byte[] {0, 1})
        .sample(DhcpClientId.class, () -> DhcpClientId.of((byte) 0, (byte) 1))
        .sample(PathMtuSettings.Sizes.class, PathMtuSettings.DEFAULT::sizes)
        .sample(PathMtuSettings.Timers.class, PathMtuSettings.DEFAULT::timers)
        .sample(DhcpSettings.Identity.class, DhcpSettings.DEFAULT::identity)
        .sample(DhcpSettings.Timing.class, DhcpSettings.DEFAULT::timing)
        .sample("new DhcpSettings(parameters)", () -> List.of(1))
        .sample("DhcpSettings.withParameters(codes)", () -> List.of(1))
        .sample("StackConfiguration.dhcp(interfaceName)", () -> "if0")
        .sample("DhcpServer.of(first)", () -> "10.0.0.100")
        .sample("DhcpServer.of(last)", () -> "10.0.0.199")
        .sample("DhcpServer.router(address)", () -> "10.0.0.1")
        .sample("DhcpServer.dnsServers(addresses)", () -> new String[] {"10.0.0.1"})
        .sample(InetAddress.class, InetAddress::getLoopbackAddress)
        .sample(InetSocketAddress.class, () -> new InetSocketAddress(80))
        .sample(MacAddress.class, () -> new MacAddress(0x0200_0000_0009L))
        .sample(Impairment.class, Impairment::none)
        .sample(Impairment.Odds.class, () -> Impairment.Odds.NEVER)
        .sample(Impairment.Variation.class, () -> Impairment.Variation.NONE)
        .sample(Bottleneck.class, () -> Bottleneck.NONE)
        .sample(Bottleneck.Framing.class, () -> Bottleneck.Framing.NONE)
        .sample(Loss.class, () -> Loss.NONE)
        .sample(Slots.class, () -> Slots.NONE)
        .sample(Distribution.class, () -> Distribution.NORMAL)
        .sample(double[].class, () -> new double[] {1})
        .sample(Junction.class, () -> lan)
        .sample(PortMode.class, () -> PortMode.ALL)
        .sample(SortedSet.class, PortMode.ALL::vlans)
        .sample(int[].class, () -> new int[] {10})
        .sample(Plug.class, () -> client.wire().left())
        .sample(Effect.class, Effects::drop)
        .sample(Effects.ResetTo.class, () -> Effects.ResetTo.BOTH)
        .sample(Verdict.class, Verdict::pass)
        .sample(Frame[].class, () -> new Frame[0])
        .sample(Predicate.class, Frames::any)
        .sample(Decision.What.class, Decision.Lost::new)
        .sample(Decisions.class, () -> Decisions.NONE)
        .sample("Effects.routers(addresses)", () -> new String[] {"10.0.0.1"})
        .sample("Effects.mtu(router)", () -> "10.0.0.1")
        .sample("Effects.flipBit(bit)", () -> 1)
        .sample("Slots.between(least)", () -> Duration.ZERO)
        .sample("new Loss.States(p14)", () -> 0.1)
        .sample("HostBuilder.wire(netem)", () -> "loss 1%")
        .sample("Wire.impair(netemRight)", () -> "loss 1%")
        .sample("Wire.impair(netemLeft)", () -> "loss 1%")
        .sample(Impairment.Reordering.class, Impairment.none()::reordering)
        .sample(CongestionControl.Factory.class, () -> Cubic.FACTORY)
        .sample(Describer.class, () -> octets -> Optional.empty())
        .sample(Capture.class, () -> Capture.inVirtualTime(OutputStream.nullOutputStream()))
        .sample(TcpSettings.Ecn.class, () -> TcpSettings.Ecn.OFF)
        .sample(TcpSettings.SynCookies.class, () -> TcpSettings.SynCookies.NEVER)
        .sample(TcpSettings.MtuProbing.class, () -> TcpSettings.MtuProbing.OFF)
        .sample(BufferSettings.class, tcp::buffers)
        .sample(TimerSettings.class, tcp::timers)
        .sample(CongestionSettings.class, tcp::congestion)
        .sample(RecoverySettings.class, tcp::recovery)
        .sample(ProbingSettings.class, tcp::probing)
        .sample(ClosingSettings.class, tcp::closing)
        .sample(SecuritySettings.class, tcp::security)
        .sample(WireSettings.class, tcp::wire)
        .sample(WireSettings.Options.class, tcp.wire()::options)
        .sample(WireSettings.Marking.class, tcp.wire()::marking)
        .sample(TimerSettings.Retransmission.class, tcp.timers()::retransmission)
        .sample("new TimerSettings.Retransmission(maxRto)", () -> Duration.ofSeconds(60))
        .sample("new TimerSettings(delayedAck)", () -> Duration.ZERO)
        .sample("StackConfiguration.route(gateway)", () -> "10.0.0.2")
        .sample("StackConfiguration.route(router)", () -> IpAddress.parse("10.0.0.2"))
        .sample(IpPrefix.class, () -> IpPrefix.parse("10.0.0.9/24"))
        .sample(BigInteger.class, () -> BigInteger.ONE)
        .sample(AddressPolicy.class, () -> AddressPolicy.DEFAULT)
        .sample("IpPrefix.subnet(longer)", () -> 26)
        .sample("new Ipv6Address.Zone(name)", () -> "eth0")
        .sample("StackConfiguration.gateway(address)", () -> "10.0.0.2")
        .sample("new MulticastGroup(address)", () -> IpAddress.parse("239.1.2.3"))
        .sample("new DeviceCapabilities(mtu)", () -> 1500)
        .sample(Offload.class, () -> Offload.NONE)
        .sample("DeviceCapabilities.ethernet(mtu)", () -> 1500)
        .sample("Lab.newWire(name)", () -> "wire" + wires.incrementAndGet());
    for (String buffer : List.of("receiveBuffer", "maxReceiveBuffer", "sendBuffer", "maxSendBuffer")) {
      walk.sample("new BufferSettings(" + buffer + ")", () -> 2048);
    }
    walk.sample("new WireSettings(maxSegmentSize)", () -> 1460);
  }

  private static void noSettings(SetterWalk walk) {
    walk.outside("a predicate that distinguishes names from addresses", "IpAddress.isLiteral")
        .outside("called by the stack for each packet, with checked values",
            "Checksum", "Headroom", "SequenceNumber", "KeyedHash", "PacketFacts", "HostMemory", "Frame",
            "IcmpMessage", "Ipv4Address.get", "Ipv6Address.get", "MacAddress.get", "Pacer",
            "InitialWindow",
            "CongestionControl.Start", "QuotedPacket", "IcmpError.DestinationUnreachable", "IcmpError.PacketTooBig",
            "IcmpError.TimeExceeded", "IcmpError.ParameterProblem", "IcmpError.UnknownError", "DeliveryFailure.Unsent")
        .outside("codecs, whose values come from a peer", "io.reactorstack.wire")
        .outside("parts that the stack itself assembles",
            "io.reactorstack.layer", "CarrierState", "LoopbackDevice", "ReceivePort",
            "TransmitPort",
            "IcmpHost", "IcmpLayer", "IcmpTypes", "NdpHost", "TcpStage", "Tcp.of", "UdpHost")
        .outside("events that the stack emits", "io.reactorstack.ip.event")
        .outside("a question, or the check of another setting", "NatSettings.isInside", "NatSettings.check")
        .outside("called by a wire for each frame", "Effect.judge")
        .outside("values that the stack returns",
            "InterfaceInfo", "PathInfo", "NatMapping", "new SpecialBlock", "PingReply", "PingResult.Failed",
            "PingResult.TimedOut",
            "Hop", "Hop.Reached", "Hop.Reported",
            "Hop.MtuReport", "WireCounters", "ConnectionHistory",
            "ConnectionHistory.SegmentSummary",
            "ConnectionHistory.StateEntry", "TcpInfo", "TcpInfo.Options", "TcpInfo.Timing",
            "TcpInfo.RoundTrip", "TcpInfo.Timeouts", "TcpInfo.Idle", "TcpInfo.Sizes", "TcpInfo.Congestion",
            "TcpInfo.Transfer", "TcpInfo.Flight", "TcpInfo.Sent", "TcpInfo.Delivery", "TcpInfo.Received",
            "TcpInfo.Windows", "TcpInfo.Limits", "DhcpLease", "DhcpStatus", "PathMtu",
            "TcpNotice.ExcessiveRetransmission", "TcpNotice.SoftError", "TcpNotice.UrgentData", "Datagram",
            "LabTables", "NodeTables", "Table", "Table.Column", "MacEntry", "PortEntry", "InterfaceEntry",
            "InterfaceEntry.Address", "NeighborEntry", "RouteEntry", "SocketEntry", "LeaseEntry");
  }

  private static void rightOnes(SetterWalk walk) {
    walk.outside("every number is a seed", "Lab.virtual", "Lab.realTime", "LabBuilder.seed")
        .outside("all bits may be set", "new Ipv4Address", "new Ipv6Address", "new Ipv6Settings.Secret");
    walk.valid("zero switches the test off", "Ipv6Settings.withDuplicateAddressDetection(solicitations=0)",
        "new Ipv6Settings(duplicateAddressDetection=0)")
        .valid("null draws a secret at the start", "new Ipv6Settings(secret=null)");
    walk.valid("zero states no value, or ends the use at once", "AdvertisementSettings.withCurHopLimit(hops=0)",
        "AdvertisementSettings.withLinkMtu(bytes=0)", "AdvertisementSettings.withReachableTime(time=zero)",
        "AdvertisementSettings.withRetransTimer(time=zero)", "AdvertisementSettings.withDefaultLifetime(lifetime=zero)",
        "AdvertisementSettings.withDnsLifetime(lifetime=zero)", "AdvertisedRoute.withLifetime(time=zero)",
        "AdvertisedPrefix.withLifetimes(valid=zero)", "AdvertisedPrefix.withLifetimes(preferred=zero)",
        "new AdvertisedPrefix(validLifetime=zero)", "new AdvertisedPrefix(preferredLifetime=zero)",
        "new AdvertisementSettings.LinkParameters(mtu=0)",
        "new AdvertisementSettings.LinkParameters(reachableTime=zero)",
        "new AdvertisementSettings.LinkParameters(retransTimer=zero)",
        "new AdvertisementSettings.LinkParameters(curHopLimit=0)",
        "new AdvertisementSettings.DefaultRouter(lifetime=zero)", "new AdvertisedRoute(lifetime=zero)",
        "new AdvertisedDns(lifetime=zero)")
        .valid("null is three times the longest interval", "new AdvertisementSettings.DefaultRouter(lifetime=null)",
            "new AdvertisedRoute(lifetime=null)", "new AdvertisedDns(lifetime=null)");
    walk.outside("groups whose values have setters in PathMtuSettings", "PathMtuSettings.Sizes",
        "PathMtuSettings.Timers")
        .outside("takes an open socket and any number", "ProbeChannel.on")
        .valid("zero chooses the default, or switches the timer off", "PathMtuSettings.withMin(octets=0)",
            "PathMtuSettings.withBase(octets=0)", "PathMtuSettings.withMax(octets=0)",
            "PathMtuSettings.withConfirmationTimer(time=zero)");
    walk.valid("a client has defaults, and zero adds no delay", "new DhcpSettings.Identity(clientId=null)",
        "new DhcpSettings.Identity(hostName=null)", "new DhcpSettings.Identity(vendorClass=null)",
        "new DhcpSettings(previousAddress=null)", "new DhcpSettings(leaseTime=zero)",
        "new DhcpSettings.Timing(startDelay=zero)", "new DhcpSettings.Timing(offerTime=zero)",
        "DhcpSettings.withLeaseTime(duration=zero)", "DhcpSettings.withStartDelay(longest=zero)",
        "DhcpSettings.withOfferTime(duration=zero)", "DhcpClientId.ofDuid(iaid=0)", "DhcpClientId.ofDuid(iaid=-1)",
        "DhcpClientId.ofDuid(iaid=min)", "DhcpClientId.ofDuid(iaid=max)");
    walk.valid("any limit is valid, 0 keeps nothing", "LabBuilder.keepFrames(bytes=0)",
        "LabBuilder.keepFrames(bytes=max)")
        .valid("any reading of a clock", "Story.Builder.origin(nanos=0)", "Story.Builder.origin(nanos=-1)",
            "Story.Builder.origin(nanos=min)", "Story.Builder.origin(nanos=max)")
        .valid("all frames", "Story.Builder.steps(most=max)")
        .valid("zero means not to wait", "LabBuilder.patience(most=zero)")
        .valid("zero means no native VLAN", "new PortMode.Trunk(nativeVlan=0)");
    walk.valid("every number is a seed", "CongestionTrial.shake(seed=0)", "CongestionTrial.shake(seed=-1)",
        "CongestionTrial.shake(seed=min)", "CongestionTrial.shake(seed=max)", "ImpairedDevice.around(seed=0)",
        "ImpairedDevice.around(seed=-1)", "ImpairedDevice.around(seed=min)", "ImpairedDevice.around(seed=max)");
    walk.valid("clocks may deviate in both directions", "HostClock.drift(ppm=0)", "HostClock.drift(ppm=-1)",
        "HostClock.jump(by=zero)", "HostClock.jump(by=negative)", "HostClock.skew(ahead=zero)",
        "HostClock.skew(ahead=negative)");
    walk.valid("no upper limit", "StackConfiguration.memoryLimit(octets=max)", "new NatLimits(mappings=max)",
        "new NatLimits(mappingsOfHost=max)", "new NatLimits(sessions=max)", "new NatLimits(sessionsOfHost=max)",
        "new NatLimits(datagrams=max)", "new NatLimits(heldOctets=max)", "NatLimits.withDatagrams(number=max)",
        "NatLimits.withHeldOctets(octets=max)", "NatLimits.withMappings(inAll=max)",
        "NatLimits.withMappings(ofHost=max)", "NatLimits.withSessions(inAll=max)",
        "NatLimits.withSessions(ofHost=max)",
        "Tcp.backlog(connections=max)", "SwitchSettings.withTableSize(addresses=max)",
        "SwitchSettings.withAddressesPerPort(addresses=max)", "new SwitchSettings(tableSize=max)",
        "new SwitchSettings(addressesPerPort=max)",
        "Impairment.queue(bytes=max)", "Bottleneck.queue(bytes=max)", "Bottleneck.limit(frames=max)",
        "new Bottleneck(queueBytes=max)", "new Bottleneck(limit=max)",
        "Impairment.limit(frames=max)", "new Impairment.Reordering(gap=max)", "new Slots(packets=max)",
        "new Slots(bytes=max)", "Slots.packets(most=max)", "Slots.bytes(most=max)", "new Decision(frame=max)",
        "Effects.dropNth(n=max)", "Effects.ackOf(n=max)", "Effects.nth(n=max)", "Effects.slowReceiver(room=max)");
    walk.valid("counting octets", "PingOptions.pattern(digits=empty)", "new PingOptions(pattern=empty)");
    walk.valid("a ping without an end", "new PingOptions(count=max)", "PingOptions.count(probes=max)");
    walk.valid("zero means forever", "StackConfiguration.pathMtuLifetime(lifetime=zero)",
        "TcpSocketOptions.userTimeout(timeout=zero)", "ClosingSettings.withUserTimeout(value=zero)",
        "new ClosingSettings(userTimeout=zero)");
    walk.valid("zero lets the stack choose", "new Endpoint(port=0)", "Tcp.connectTimeout(timeout=zero)",
        "WireSettings.withMaxSegmentSize(value=0)", "new WireSettings(maxSegmentSize=0)");
    walk.valid("zero is a valid duration", "new NatSettings.Ports(quarantine=zero)",
        "NatSettings.withQuarantine(time=zero)", "PingOptions.interval(pause=zero)", "new PingOptions(interval=zero)",
        "TcpSocketOptions.finWait2Timeout(timeout=zero)", "ClosingSettings.withFinWait2(value=zero)",
        "ClosingSettings.withOrphan(value=zero)", "ClosingSettings.withTimeWait(value=zero)",
        "new ClosingSettings(timeWait=zero)", "new ClosingSettings(finWait2=zero)", "new ClosingSettings(orphan=zero)",
        "SecuritySettings.withChallengeAckInterval(value=zero)", "new SecuritySettings(challengeAckInterval=zero)",
        "TimerSettings.withDelayedAck(value=zero)", "new TimerSettings(delayedAck=zero)",
        "CongestionTrial.idle(time=zero)", "CongestionTrial.pause(time=zero)",
        "Impairment.delay(time=zero)", "Impairment.jitter(most=zero)", "Impairment.reorder(by=zero)",
        "new Impairment(delay=zero)", "new Impairment.Variation(jitter=zero)", "new Impairment.Reordering(by=zero)",
        "new Slots(delay=zero)", "new Slots(jitter=zero)", "Slots.between(least=zero)", "Slots.between(most=zero)",
        "Impairment.jitter(jitter=zero)", "Verdict.delay(by=zero)",
        "new Verdict.Delay(by=zero)", "new Decision.Held(time=zero)", "new Decision.Late(by=zero)",
        "Effects.delay(by=zero)", "Effects.forgetIdle(idle=zero)");
    walk.valid("metrics, precedences and labels only compare", "StackConfiguration.gateway(metric=0)",
        "StackConfiguration.gateway(metric=max)", "StackConfiguration.route(metric=0)",
        "StackConfiguration.route(metric=max)", "AddressPolicy.with(precedence=0)",
        "AddressPolicy.with(precedence=max)",
        "AddressPolicy.with(label=0)", "AddressPolicy.with(label=max)", "new AddressPolicy.Entry(precedence=0)",
        "new AddressPolicy.Entry(precedence=max)", "new AddressPolicy.Entry(label=0)",
        "new AddressPolicy.Entry(label=max)")
        .valid("the index of an interface, zero if it is not known", "new Ipv6Address.Zone(index=0)",
            "new Ipv6Address.Zone(index=max)");
    walk.valid("zero is a valid number", "new IpPrefix(length=0)", "IpPrefix.supernet(shorter=0)",
        "Ipv4Address.mask(prefixLength=0)",
        "new MacAddress(bits=0)", "PingOptions.size(octets=0)",
        "new PingOptions(size=0)",
        "UdpSettings.withHopLimit(hops=0)", "UdpSettings.withTrafficClass(bits=0)",
        "new UdpSettings.Header(hopLimit=0)", "new UdpSettings.Header(trafficClass=0)", "PingOptions.hopLimit(hops=0)",
        "new PingOptions.Header(hopLimit=0)", "PingOptions.trafficClass(bits=0)",
        "new PingOptions.Header(trafficClass=0)", "new TraceOptions(size=0)", "TraceOptions.size(octets=0)",
        "new TraceOptions(trafficClass=0)", "TraceOptions.trafficClass(bits=0)",
        "TcpSocketOptions.packetFields(trafficClass=0)",
        "TimerSettings.withSynAckRetries(value=0)", "TimerSettings.withSynRetries(value=0)",
        "new TimerSettings.Retransmission(synRetries=0)", "new TimerSettings.Retransmission(synAckRetries=0)",
        "WireSettings.withTrafficClass(value=0)",
        "new WireSettings.Marking(trafficClass=0)", "CongestionTrial.rounds(n=0)",
        "CongestionTrial.shortRound(segments=0)",
        "Impairment.corrupt(probability=0)", "Impairment.duplicate(probability=0)", "Impairment.loss(probability=0)",
        "Impairment.reorder(probability=0)", "Impairment.queue(bytes=0)", "Impairment.rate(bits=0)",
        "Bottleneck.limit(frames=0)", "Bottleneck.queue(bytes=0)", "Bottleneck.rate(bits=0)",
        "new Bottleneck(bitsPerSecond=0)", "new Bottleneck(queueBytes=0)", "new Bottleneck(limit=0)",
        "Impairment.limit(frames=0)", "new Impairment.Odds(probability=0)", "new Impairment.Odds(correlation=0)",
        "new Impairment.Variation(correlation=0)", "new Impairment.Reordering(probability=0)",
        "new Impairment.Reordering(correlation=0)", "new Impairment.Reordering(gap=0)", "new Slots(packets=0)",
        "new Slots(bytes=0)", "Slots.packets(most=0)", "Slots.bytes(most=0)", "new Decision.Flipped(bit=0)",
        "new Bottleneck.Framing(packetOverhead=0)", "new Bottleneck.Framing(cellSize=0)",
        "new Bottleneck.Framing(cellOverhead=0)", "Effects.flipBit(offset=0)", "Effects.flipBit(bit=0)",
        "Frames.port(number=0)", "Frames.protocol(number=0)");
    walk.valid("zero is a valid share", "new Loss.Random(probability=0)", "new Loss.Random(correlation=0)",
        "new Loss.GilbertElliott(p=0)", "new Loss.GilbertElliott(r=0)", "new Loss.GilbertElliott(oneMinusH=0)",
        "new Loss.GilbertElliott(oneMinusK=0)", "new Loss.States(p13=0)", "new Loss.States(p31=0)",
        "new Loss.States(p32=0)", "new Loss.States(p23=0)", "new Loss.States(p14=0)");
    walk.valid("a link may transmit less than the whole frame", "new Bottleneck.Framing(packetOverhead=-1)",
        "new Bottleneck.Framing(cellOverhead=-1)");
    walk.valid("earlier than without the effect", "new Decision.Late(by=negative)");
    walk.valid("an empty text means no decision", "Decisions.parse(text=empty)", "Decisions.parse(text=blank)");
    walk.valid("applied when the host is started", "HostBuilder.stack(change=to null)");
    walk.valid("port 0 may be on the wire", "Story.Builder.tcp(port=0)", "Story.Builder.udp(port=0)");
    walk.valid("none", "new Offload(longestTcp=0)", "new Offload(longestUdp=0)");
    walk.valid("a destination that cannot be reached has no source", "new DestinationOrder.Choice(source=null)");
    walk.valid("unspecified", "new DeviceCapabilities(macAddress=null)", "new MulticastGroup(interfaceName=null)",
        "new MulticastGroup(source=null)", "UdpSettings.withMulticastInterface(name=null)",
        "new UdpSettings(multicastInterface=null)", "UdpSettings.withInterface(name=null)",
        "new UdpSettings(interfaceName=null)", "TcpSocketOptions.observer(observer=null)");
  }
}
