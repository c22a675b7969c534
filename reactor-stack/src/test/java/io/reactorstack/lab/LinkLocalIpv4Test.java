package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.acd.ConflictReaction;
import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.telemetry.Story;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Hosts with link-local IPv4 addresses (RFC 3927), alone and beside DHCP. */
@Timeout(60)
class LinkLocalIpv4Test {

  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final Lab lab = Lab.virtual(9);
  private final Switch lan = lab.newSwitch("lan");
  private final Story story = Story.builder().build();

  @AfterEach
  void close() {
    lab.hosts().stream().filter(host -> host.state() == HostState.RUNNING)
        .forEach(host -> FrameBalance.assertBalanced(host.stack()));
    lab.close();
  }

  private Host linkLocal(String name) {
    return lab.host(name).linkLocal().on(lan).start().observe(story.observer());
  }

  /** Starts a host that takes an address without a probe, and announces it. */
  private Host rude(String address) {
    Host host = lab.host("rude").on(lan, "192.0.2.1/24").start();
    lab.await(host.stack().addAddress("if0", IpPrefix.parse(address)));
    return host;
  }

  private void configured(Host... hosts) {
    for (Host host : hosts) {
      lab.await(host.stack().configured(LIMIT));
    }
  }

  private static boolean isLinkLocal(IpAddress address) {
    return address instanceof Ipv4Address v4 && v4.isLinkLocal();
  }

  @Test
  @Requirement({"RFC3927-2.2-01", "RFC3927-1.9-03"})
  void twoHostsProbeTheirAddressesAndTalk() {
    Host a = linkLocal("a");
    assertThatThrownBy(() -> lab.await(a.stack().configured(Duration.ofSeconds(3))))
        .hasStackTraceContaining("interface if0, carrier up: no link-local address yet");
    assertThat(a.addresses()).isEmpty();
    Host b = linkLocal("b");
    configured(a, b);
    assertThat(isLinkLocal(a.address())).isTrue();
    assertThat(isLinkLocal(b.address())).isTrue();
    String probe = "ARP probe: does anybody have " + a.address() + "?";
    assertThat(story.text()).containsSubsequence(probe, probe, probe, "ARP announces " + a.address());
    assertThat(lab.await(a.stack().icmp().ping(b.address())).roundTrip()).isNotNull();
    // RFC 3927 2.5: replies, too, are broadcast, and the neighbour is reachable nevertheless.
    lab.advance(Duration.ofMinutes(1));
    for (int i = 0; i < 20; i++) {
      assertThat(lab.await(a.stack().icmp().ping(b.address())).roundTrip()).isNotNull();
      lab.advance(Duration.ofSeconds(3));
    }
  }

  @Test
  void allArpPacketsFromLinkLocalAddressesAreBroadcast() {
    Host a = linkLocal("a");
    Host b = linkLocal("b");
    List<Boolean> groups = new ArrayList<>();
    b.observe((direction, frame, nanos) -> {
      ByteBuf bytes = frame.payload();
      int start = bytes.readerIndex();
      // EtherType and sender of ARP, and the destination of the frame.
      if (bytes.getUnsignedShort(start + 12) == 0x0806 && bytes.getUnsignedShort(start + 28) == 0xa9fe) {
        groups.add((bytes.getByte(start) & 1) != 0);
      }
    });
    configured(a, b);
    for (int i = 0; i < 5; i++) {
      lab.await(a.stack().icmp().ping(b.address()));
      lab.advance(Duration.ofSeconds(40));
    }
    assertThat(groups).hasSizeGreaterThan(6).doesNotContain(false);
  }

  @Test
  void aThirdHostWithAnAddressInUseTakesAnotherOne() {
    Host a = linkLocal("a");
    configured(a);
    IpAddress first = a.address();
    a.crash();
    a.restart();
    configured(a);
    assertThat(a.address()).as("the same one after each start").isEqualTo(first);
    a.crash();
    Host squatter = rude(first + "/16");
    lab.advance(Duration.ofSeconds(10));
    a.restart();
    configured(a);
    assertThat(a.address()).isNotEqualTo(first).matches(LinkLocalIpv4Test::isLinkLocal);
    assertThat(lab.await(a.stack().icmp().ping(first)).roundTrip()).isNotNull();
    assertThat(squatter.addresses()).hasSize(1);
  }

  @Test
  void aConflictInUseIsDefendedOnceAndThenAnotherAddressChosen() {
    Host a = linkLocal("a");
    configured(a);
    IpAddress first = a.address();
    List<InterfaceEvent> events = new ArrayList<>();
    a.stack().interfaceEvents().filter(event -> event instanceof InterfaceEvent.AddressRemoved)
        .subscribe(events::add);
    rude(first + "/16");
    lab.advance(Duration.ofSeconds(1));
    // Two announcements after the probe, and one in defence. The other host defends the address likewise, which is the
    // second conflict within ten seconds.
    assertThat(story.text().lines().filter(line -> line.contains("ARP announces " + first) && line.contains("├"))
        .count()).isGreaterThanOrEqualTo(3);
    assertThat(events).hasSize(1);
    configured(a);
    assertThat(a.address()).isNotEqualTo(first).matches(LinkLocalIpv4Test::isLinkLocal);
  }

  @Test
  @Requirement("RFC3927-1.9-02")
  void aRoutableAddressIsUsedForNewConnectionsAndTheOldOneEndsWithItsOwn() {
    Host a = linkLocal("a");
    Host b = linkLocal("b");
    configured(a, b);
    List<IpAddress> clients = new ArrayList<>();
    lab.run(() -> b.stack().tcp().listen(7).subscribe(connection -> {
      clients.add(IpAddress.parse(connection.remoteAddress().getAddress().getHostAddress()));
      connection.receive().subscribe(bytes -> bytes.release());
    }));
    IpAddress old = a.address();
    String linkLocal = b.address().toString();
    TcpConnection first = lab.await(a.stack().tcp().connect(linkLocal, 7));
    lab.await(a.stack().addAddress("if0", IpPrefix.parse("10.0.0.1/24")));
    lab.await(b.stack().addAddress("if0", IpPrefix.parse("10.0.0.2/24")));
    lab.advance(Duration.ofSeconds(30));
    assertThat(a.addresses().toString()).as("in use").isNotEmpty();
    lab.await(a.stack().tcp().connect("10.0.0.2", 7));
    // RFC 3927 1.9, 2.6.2: even to a link-local destination.
    lab.await(a.stack().tcp().connect(linkLocal, 7));
    lab.await(first.send(Mono.just(Unpooled.wrappedBuffer(new byte[100]))));
    assertThat(clients).containsExactly(old, IpAddress.parse("10.0.0.1"),
        IpAddress.parse("10.0.0.1"));
    first.abort();
    lab.advance(Duration.ofSeconds(30));
    List<InterfaceEvent> events = new ArrayList<>();
    a.stack().interfaceEvents().subscribe(events::add);
    assertThatThrownBy(() -> lab.await(a.stack().removeAddress(old))).hasStackTraceContaining("is not an address");
  }

  @Test
  @Requirement("RFC3927-1.9-01")
  void aHostWithARoutableAddressChoosesNone() {
    Host a = lab.host("a").on(lan, "10.0.0.1/24").stack(stack -> stack.linkLocalIpv4("if0")).start();
    a.observe(story.observer());
    configured(a);
    lab.advance(Duration.ofMinutes(5));
    assertThat(story.text()).doesNotContain("probe");
    assertThat(a.addresses()).containsExactly(IpAddress.parse("10.0.0.1"));
    // Without it, the host chooses one; and gives it up when there is another one again.
    lab.await(a.stack().removeAddress(IpAddress.parse("10.0.0.1")));
    configured(a);
    assertThat(story.text()).contains("ARP announces 169.254.");
    lab.await(a.stack().addAddress("if0", IpPrefix.parse("10.0.0.3/24")));
    List<InterfaceEvent> events = new ArrayList<>();
    a.stack().interfaceEvents().ofType(InterfaceEvent.AddressRemoved.class).subscribe(events::add);
    lab.advance(Duration.ofSeconds(1));
    assertThat(lab.await(Mono.just(events))).hasSizeLessThanOrEqualTo(1);
    lab.host("peer").on(lan, "10.0.0.2/24").start();
    assertThat(lab.await(a.stack().icmp().ping(IpAddress.parse("10.0.0.2"))).roundTrip()).isNotNull();
  }

  @Test
  void packetsToLinkLocalAddressesUseNoGateway() {
    lab.host("router").on(lan, "10.0.0.254/24").start();
    Host a = lab.host("a").on(lan, "10.0.0.1/24").gateway("10.0.0.254").start().observe(story.observer());
    a.stack().icmp().ping(IpAddress.parse("169.254.7.7")).onErrorComplete().subscribe();
    lab.advance(Duration.ofSeconds(5));
    assertThat(story.text()).contains("ARP who has 169.254.7.7?").doesNotContain("10.0.0.254");
  }

  @Test
  void packetsFromALinkLocalAddressUseNoGateway() {
    lab.host("router").on(lan, "169.254.9.9/16").start();
    Host a = linkLocal("a");
    configured(a);
    lab.await(a.stack().addRoute(IpPrefix.parse("192.0.2.0/24"), IpAddress.parse("169.254.9.9")));
    a.stack().icmp().ping(IpAddress.parse("192.0.2.1")).onErrorComplete().subscribe();
    a.stack().icmp().ping(IpAddress.parse("198.51.100.1")).onErrorComplete().subscribe();
    lab.advance(Duration.ofSeconds(5));
    // RFC 3927 2.6.2: without a router, every destination is looked for on the link.
    assertThat(story.text()).contains("ARP who has 198.51.100.1?").doesNotContain("ping");
  }

  @Test
  void itIsTheFallbackOfDhcpAndTheLeaseReplacesIt() {
    Host client = lab.host("client").autoconfigure().on(lan).start().observe(story.observer());
    configured(client);
    assertThat(lab.now()).as("three messages without an answer, and the probe")
        .isBetween(Duration.ofSeconds(12), Duration.ofSeconds(24));
    assertThat(isLinkLocal(client.address())).isTrue();
    lab.host("server").on(lan, "10.0.0.1/24").runs(DhcpServer.of("10.0.0.100", "10.0.0.101")).start();
    DhcpLease lease = lab.await(client.stack().dhcp("if0").lease());
    lab.advance(Duration.ofSeconds(1));
    assertThat(client.addresses()).containsExactly(lease.address().address());
    lab.await(client.stack().dhcp("if0").release());
    lab.advance(Duration.ofSeconds(20));
    assertThat(isLinkLocal(client.address())).as("after the release").isTrue();
  }

  @Test
  void aServerThatAnswersInTimeLeavesNoLinkLocalAddress() {
    lab.host("server").on(lan, "10.0.0.1/24").runs(DhcpServer.of("10.0.0.100", "10.0.0.101")).start();
    Host client = lab.host("client").autoconfigure().on(lan).start().observe(story.observer());
    configured(client);
    lab.advance(Duration.ofMinutes(5));
    assertThat(client.address()).hasToString("10.0.0.100");
    assertThat(story.text()).doesNotContain("169.254");
  }

  @Test
  void aLeaseThatIsDefendedInVainIsDeclined() {
    lab.host("server").on(lan, "10.0.0.1/24").runs(DhcpServer.of("10.0.0.100", "10.0.0.101")).start();
    Host client = lab.host("client").stack(stack -> stack.ipv4(
        settings -> settings.withConflictReaction(ConflictReaction.GIVE_UP))).on(lan).start();
    client.observe(story.observer());
    configured(client);
    rude(client.address() + "/24");
    lab.advance(Duration.ofSeconds(1));
    assertThat(client.addresses()).isEmpty();
    configured(client);
    assertThat(client.address()).hasToString("10.0.0.101");
    assertThat(story.text()).contains("DHCP decline");
  }

  @Test
  void anAddressInUseIsProbedWhenTheLinkIsBack() {
    Host a = lab.host("a").on(lan, "10.0.0.1/24")
        .stack(stack -> stack.ipv4(settings -> settings.withAddressProbes(true)
            .withConflictReaction(ConflictReaction.GIVE_UP)))
        .start();
    configured(a);
    a.wire().unplug();
    lab.advance(Duration.ofSeconds(5));
    a.observe(story.observer());
    a.wire().plug();
    lab.advance(Duration.ofSeconds(10));
    assertThat(story.text().lines().filter(line -> line.contains("ARP probe: does anybody have 10.0.0.1?"))).hasSize(3);
    assertThat(a.addresses()).as("nobody else has it").hasSize(1);
    a.wire().unplug();
    rude("10.0.0.1/24");
    lab.advance(Duration.ofSeconds(5));
    List<InterfaceEvent> events = new ArrayList<>();
    a.stack().interfaceEvents().filter(event -> event instanceof InterfaceEvent.AddressConflict
        || event instanceof InterfaceEvent.AddressRemoved).subscribe(events::add);
    a.wire().plug();
    lab.advance(Duration.ofSeconds(10));
    assertThat(events).extracting(event -> event.getClass().getSimpleName())
        .contains("AddressConflict", "AddressRemoved");
  }

  @Test
  void aMediumWithoutMacAddressesHasNone() {
    assertThatThrownBy(() -> lab.host("x").on(lan, "10.0.0.9/24").stack(stack -> stack.linkLocalIpv4("if7")).start())
        .hasStackTraceContaining("there is no interface if7 for a link-local address");
  }
}
