package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Rules of the internet layer for hosts with several interfaces and addresses (RFC 1122 section 3, RFC 8200). */
@Timeout(60)
class HostRulesInTheLabTest {

  private Lab lab;
  private Switch leftLan;
  private Switch rightLan;
  private Host left;
  private Host middle;
  private Host right;

  @BeforeEach
  void start() {
    lab = Lab.virtual(1);
    leftLan = lab.newSwitch("leftLan");
    rightLan = lab.newSwitch("rightLan");
    middle = lab.host("middle").on(leftLan, "10.1.0.9/24").on(rightLan, "10.2.0.9/24").start();
    left = lab.host("left").address("10.1.0.1/24").gateway("10.1.0.9").connectTo(leftLan);
    right = lab.host("right").address("10.2.0.1/24").gateway("10.2.0.9").connectTo(rightLan);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private void addIpv6() {
    address(middle, "if0", "2001:db8:1::9/64");
    address(middle, "if1", "2001:db8:2::9/64");
    address(left, "if0", "2001:db8:1::1/64");
    address(right, "if0", "2001:db8:2::1/64");
    lab.await(left.stack().addRoute(IpPrefix.parse("::/0"), IpAddress.parse("2001:db8:1::9")));
    lab.await(right.stack().addRoute(IpPrefix.parse("::/0"), IpAddress.parse("2001:db8:2::9")));
  }

  private void address(Host host, String name, String address) {
    lab.await(host.stack().addAddress(name, IpPrefix.parse(address)));
  }

  private void send(NetworkStack from, String to, int hopLimit, int octets) {
    UdpConnection socket = lab.await(from.udp().bind(0));
    Datagram datagram = new Datagram(new Endpoint(Ipv4Address.UNSPECIFIED, 0),
        new Endpoint(IpAddress.parse(to), 9), 0, hopLimit, Unpooled.buffer(octets).writeZero(octets));
    lab.await(socket.send(Mono.just(datagram)));
    lab.advance(Duration.ofSeconds(1));
  }

  private static List<String> sources(Host at) {
    List<String> sources = new ArrayList<>();
    at.observe((direction, frame, nanos) -> {
      IpHeaders ip = SeenFrame.ethernet(frame.payload()).ip();
      if (direction == Direction.RECEIVED && ip != null) {
        sources.add(ip.source().toString());
      }
    });
    return sources;
  }

  // ---- no forwarding

  @Test
  @Requirement({"RFC1122-3.1-05", "RFC1122-3.1-06", "RFC791-3.1-06"})
  void aHostWithTwoInterfacesDoesNotForwardIpv4() {
    List<String> atTheRight = sources(right);
    long before = middle.stack().drops().get(IpDrop.NOT_FOR_US);
    send(left.stack(), "10.2.0.1", 64, 10);
    send(left.stack(), "10.2.0.1", 1, 10);
    send(left.stack(), "10.2.0.1", 64, 3000);
    assertThat(atTheRight).isEmpty();
    // Three fragments are three packets.
    assertThat(middle.stack().drops().get(IpDrop.NOT_FOR_US)).isEqualTo(before + 5);
    // The weak host model: its address on the other link is reached from here.
    assertThat(lab.await(left.stack().icmp().ping("10.2.0.9")).from()).hasToString("10.2.0.9");
  }

  @Test
  @Requirement("RFC8200-2-02")
  void aHostWithTwoInterfacesDoesNotForwardIpv6() {
    addIpv6();
    lab.advance(Duration.ofSeconds(1));
    List<String> atTheRight = sources(right);
    long before = middle.stack().drops().get(IpDrop.NOT_FOR_US);
    send(left.stack(), "2001:db8:2::1", 64, 10);
    send(left.stack(), "2001:db8:2::1", 64, 3000);
    assertThat(atTheRight).isEmpty();
    assertThat(middle.stack().drops().get(IpDrop.NOT_FOR_US)).isEqualTo(before + 4);
    assertThat(lab.await(left.stack().icmp().ping("2001:db8:2::9")).from()).hasToString("2001:db8:2::9");
  }

  // ---- several addresses and interfaces

  @Test
  @Requirement({"RFC1122-3.1-03", "RFC791-3.2-02", "RFC791-3.2-03"})
  void eachAddressOfEachInterfaceIsReachedAndAnswers() {
    address(middle, "if0", "10.1.0.10/24");
    address(middle, "if1", "10.2.0.10/24");
    for (String own : new String[] {"10.1.0.9", "10.1.0.10"}) {
      assertThat(lab.await(left.stack().icmp().ping(own)).from()).hasToString(own);
    }
    for (String own : new String[] {"10.2.0.9", "10.2.0.10"}) {
      assertThat(lab.await(right.stack().icmp().ping(own)).from()).hasToString(own);
    }
    assertThat(lab.await(middle.stack().icmp().ping("10.1.0.1")).from()).hasToString("10.1.0.1");
    assertThat(lab.await(middle.stack().icmp().ping("10.2.0.1")).from()).hasToString("10.2.0.1");
  }

  // ---- frames

  @Test
  @Requirement({"RFC1122-3.3.6-05", "RFC1122-3.3.7-01", "RFC1122-3.3.6-07"})
  void onlyBroadcastsLeaveInBroadcastFramesAndGroupsInGroupFrames() {
    List<String> sent = new ArrayList<>();
    for (Host host : List.of(left, middle)) {
      host.observe((direction, frame, nanos) -> {
        SeenFrame seen = SeenFrame.ethernet(frame.payload());
        IpHeaders ip = seen.ip();
        if (direction == Direction.SENT && ip != null) {
          MacAddress to = seen.header().destination();
          String kind = to.equals(MacAddress.BROADCAST) ? "broadcast" : to.isGroup() ? "group" : "unicast";
          sent.add(kind + " " + ip.destination());
        }
      });
    }
    UdpConnection member = lab.await(right.stack().udp().bind(9));
    lab.await(member.join(MulticastGroup.of("239.1.2.3")));
    List<Integer> heard = new ArrayList<>();
    lab.run(() -> member.receive().subscribe(datagram -> {
      heard.add(datagram.payload().readableBytes());
      datagram.release();
    }));
    for (String to : new String[] {"255.255.255.255", "10.1.0.255", "10.1.0.9", "10.2.0.1", "224.0.0.251"}) {
      send(left.stack(), to, 0, 10);
    }
    UdpConnection sender = lab.await(middle.stack().udp().bind(0));
    lab.await(sender.join(MulticastGroup.of("239.1.2.3").on("if1")));
    lab.advance(Duration.ofSeconds(2));
    send(middle.stack(), "255.255.255.255", 0, 10);
    assertThat(sent).contains("broadcast 255.255.255.255", "broadcast 10.1.0.255", "unicast 10.1.0.9",
        "unicast 10.2.0.1", "group 224.0.0.251", "group 224.0.0.22");
    assertThat(sent).filteredOn(each -> each.startsWith("broadcast"))
        .containsOnly("broadcast 255.255.255.255", "broadcast 10.1.0.255");
    assertThat(sent).filteredOn(each -> each.startsWith("group")).allMatch(each -> each.startsWith("group 224.0.0."));
    // Limited broadcasts of a host with several interfaces leave on one link, and DHCP uses them on its own.
    Host guest = lab.host("guest").on(leftLan).start();
    List<String> discovers = new ArrayList<>();
    guest.observe((direction, frame, nanos) -> {
      IpHeaders ip = SeenFrame.ethernet(frame.payload()).ip();
      if (direction == Direction.SENT && ip != null && ip.protocol() == IpProtocol.UDP) {
        discovers.add(ip.destination().toString());
      }
    });
    lab.advance(Duration.ofSeconds(20));
    assertThat(discovers).isNotEmpty().containsOnly("255.255.255.255");
  }

  @Test
  @Requirement("RFC1122-3.3.6-04")
  void theBroadcastAddressHasOnesInTheHostPart() {
    UdpConnection socket = lab.await(left.stack().udp().bind(0));
    List<String> frames = new ArrayList<>();
    left.observe((direction, frame, nanos) -> {
      SeenFrame seen = SeenFrame.ethernet(frame.payload());
      if (direction == Direction.SENT && seen.header().type() == EtherType.IPV4) {
        frames.add(seen.ip().destination() + " in " + seen.header().destination());
      }
    });
    lab.await(socket.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse("10.1.0.255"), 9), Unpooled.buffer()))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(frames).containsExactly("10.1.0.255 in ff:ff:ff:ff:ff:ff");
    assertThat(IpPrefix.parse("10.1.0.1/24").broadcastAddress()).contains(Ipv4Address.parse("10.1.0.255"));
    // The former form with zeros is no broadcast: nobody has the address, so no frame carries the packet.
    frames.clear();
    lab.await(socket.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse("10.1.0.0"), 9), Unpooled.buffer()))));
    lab.advance(Duration.ofSeconds(5));
    assertThat(frames).isEmpty();
  }

  @Test
  @Requirement("RFC6437-3-05")
  void packetsThatBelongToNoFlowHaveTheFlowLabelZero() {
    List<String> labels = new ArrayList<>();
    left.observe((direction, frame, nanos) -> {
      IpHeaders ip = SeenFrame.ethernet(frame.payload()).ip();
      if (direction == Direction.SENT && ip != null && !ip.source().isV4()) {
        ByteBuf packet = frame.payload().slice().skipBytes(14);
        int label = Ipv6Header.parse(packet, reason -> {
        }).flowLabel();
        labels.add((ip.protocol() == IpProtocol.UDP ? "UDP " : "NDP ") + (label == 0 ? "0" : "label"));
      }
    });
    addIpv6();
    send(left.stack(), "2001:db8:1::9", 64, 10);
    assertThat(labels).filteredOn(each -> each.startsWith("UDP")).isNotEmpty().containsOnly("UDP label");
    assertThat(labels).contains("NDP 0");
  }

  // ---- TCP over IP

  private static ByteBuf octets(int length) {
    return Unpooled.buffer(length).writeZero(length);
  }

  private static TcpSettings withEcn(TcpSettings before) {
    return before.withWire(wire -> wire.withEcn(TcpSettings.Ecn.REQUEST));
  }

  @Test
  @Requirement({"RFC3168-5.3-01", "RFC3168-5.3-07"})
  void packetsOfAnEcnCapableConnectionHaveDf() {
    Host a = lab.host("a").address("10.1.0.21/24").stack(s -> s.tcp(HostRulesInTheLabTest::withEcn))
        .connectTo(leftLan);
    Host b = lab.host("b").address("10.1.0.22/24").stack(s -> s.tcp(HostRulesInTheLabTest::withEcn))
        .connectTo(leftLan);
    b.stack().tcp().listen(7).subscribe(c -> c.receive().subscribe(ByteBuf::release));
    List<Boolean> df = new ArrayList<>();
    a.observe((direction, frame, nanos) -> {
      SeenFrame seen = SeenFrame.ethernet(frame.payload());
      IpHeaders ip = seen.ip();
      if (direction == Direction.SENT && ip != null && ip.protocol() == IpProtocol.TCP
          && (ip.trafficClass() & 3) != 0) {
        df.add((frame.payload().getByte(frame.payload().readerIndex() + 14 + 6) & 0x40) != 0);
      }
    });
    TcpConnection connection = lab.await(a.stack().tcp().connect("10.1.0.22", 7));
    lab.await(connection.sendAcknowledged(Mono.just(octets(50_000))));
    assertThat(df).hasSizeGreaterThan(30).containsOnly(true);
  }

  @Test
  @Requirement("RFC1122-3.2.1.7-04")
  void theDefaultTimeToLiveOfTcpIsASetting() {
    right.stack().tcp().listen(7).subscribe();
    Host near = lab.host("near").address("10.2.0.21/24")
        .stack(s -> s.tcp(t -> t.withWire(wire -> wire.withHopLimit(17)))).connectTo(rightLan);
    Host ordinary = lab.host("ordinary").address("10.2.0.22/24").connectTo(rightLan);
    assertThat(hopLimit(near)).isEqualTo(17);
    assertThat(hopLimit(ordinary)).isEqualTo(64);
  }

  private int hopLimit(Host from) {
    List<Integer> seen = new ArrayList<>();
    from.observe((direction, frame, nanos) -> {
      SeenFrame each = SeenFrame.ethernet(frame.payload());
      if (direction == Direction.SENT && each.tcp() != null) {
        seen.add(frame.payload().getByte(frame.payload().readerIndex() + 14 + 8) & 0xff);
      }
    });
    lab.await(from.stack().tcp().connect("10.2.0.1", 7));
    return seen.stream().distinct().reduce((a, b) -> -1).orElseThrow();
  }

  @Test
  @Requirement("RFC4987-4-04")
  void theFlowLabelOfASynAckIsThatOfItsConnection() {
    addIpv6();
    for (TcpSettings.SynCookies mode : new TcpSettings.SynCookies[] {TcpSettings.SynCookies.NEVER,
        TcpSettings.SynCookies.ALWAYS}) {
      Host server = lab.host("server" + mode).address("2001:db8:1::7" + mode.ordinal() + "/64")
          .stack(s -> s.tcp(t -> t.withSecurity(security -> security.withSynCookies(mode)))).connectTo(leftLan);
      server.stack().tcp().listen(7).subscribe(c -> c.send(c.receive()).subscribe());
      List<String> labels = new ArrayList<>();
      server.observe((direction, frame, nanos) -> {
        SeenFrame seen = SeenFrame.ethernet(frame.payload());
        TcpSegment segment = seen.tcp();
        if (direction == Direction.SENT && segment != null) {
          ByteBuf packet = frame.payload().slice().skipBytes(14);
          String kind = segment.has(TcpSegment.SYN) ? "SYN" : "other";
          labels.add(kind + " " + Ipv6Header.parse(packet, reason -> {
          }).flowLabel());
        }
      });
      TcpConnection connection = lab.await(left.stack().tcp().connect(server.address().toString(), 7));
      lab.await(connection.sendAcknowledged(Mono.just(octets(5000))));
      String label = labels.getFirst().substring("SYN ".length());
      assertThat(labels.getFirst()).startsWith("SYN ");
      assertThat(label).isNotEqualTo("0");
      assertThat(labels).hasSizeGreaterThan(2).allMatch(each -> each.endsWith(" " + label));
    }
  }
}
