package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.lab.DhcpServer;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** An access point at a provider that the test builds itself: a router with a DHCP server and a DNS server. */
class AccessPointTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  private final Lab lab = Lab.virtual(11);
  private final Switch access = lab.newSwitch("access");
  private final Host provider = lab.router("provider").on(access, "192.0.2.1/24")
      .runs(DhcpServer.of("192.0.2.50", "192.0.2.60").router("192.0.2.1").dnsServers("192.0.2.1"))
      .runs(host -> ZoneServer.create(host.stack())
          .zone(Zone.of("example").address("www", IpAddress.parse("192.0.2.80"))).bind().subscribe())
      .start();
  private final List<String> seen = new ArrayList<>();

  @AfterEach
  void close() {
    lab.advance(Duration.ofMinutes(1));
    for (Host host : lab.hosts()) {
      FrameBalance.assertBalanced(host.stack());
      assertThat(host.stack().drops().snapshot()).as(host.name()).doesNotContainKey("stage.STAGE_FAULT");
    }
    lab.close();
  }

  /** Lets {@code host} note the senders of datagrams to {@code port}, and answer them. */
  private void answers(Host host, int port) {
    UdpConnection udp = lab.await(host.stack().udp().bind(port));
    udp.send(udp.receive().map(datagram -> {
      seen.add(datagram.remote().toString());
      datagram.release();
      return datagram.reply(Unpooled.wrappedBuffer(new byte[] {1}));
    })).onErrorComplete().subscribe();
  }

  /** Sends a datagram and waits a second for the answer. */
  private boolean isAnswered(UdpConnection from, String to, int port) {
    lab.await(from.send(Mono.just(
        Datagram.to(new Endpoint(IpAddress.parse(to), port), Unpooled.wrappedBuffer(new byte[] {0})))));
    return Boolean.TRUE.equals(lab.await(from.receive().next().map(answer -> {
      answer.release();
      return true;
    }).timeout(Duration.ofSeconds(1), lab.scheduler()).onErrorReturn(false)));
  }

  private boolean pings(Host from, IpAddress to) {
    return lab.await(from.stack().icmp().ping(to, PingOptions.DEFAULT).next()) instanceof PingReply;
  }

  @Test
  void theBoxLearnsItsAddressAndItsDnsServersFromTheProvider() {
    AccessPoint home = AccessPoint.at(lab, "home").inside("10.7.0.1/28").outside(access).start();
    Host laptop = home.host("laptop");
    Host phone = home.host("phone");
    lab.await(home.configured(SOON));
    assertThat(home.address()).hasToString("192.0.2.50");
    assertThat(home.network()).hasToString("10.7.0.0/28");
    assertThat(List.of(laptop.address(), phone.address())).extracting(Object::toString)
        .containsExactly("10.7.0.8", "10.7.0.9");
    assertThat(laptop.stack().dns().servers()).containsExactly(home.insideAddress());
    assertThat(lab.await(DnsResolver.create(laptop.stack()).resolve("www.example").collectList()))
        .containsExactly(IpAddress.parse("192.0.2.80"));
    assertThat(lab.await(home.host().stack().resolver().resolve("www.example").collectList()))
        .as("the box itself").hasSize(1);
    assertThatThrownBy(
        () -> lab.await(DnsResolver.create(provider.stack()).servers(home.address()).resolve("www.example").next()))
        .as("the forwarder does not serve the outside").hasMessageContaining("DNS server");
    assertThat(pings(laptop, provider.address())).isTrue();
  }

  @Test
  void settingsOfAllPartsAreChanged() {
    AccessPoint home = AccessPoint.at(lab, "home").outside(access, "192.0.2.7/24", "192.0.2.1").dnsServers("192.0.2.1")
        .pool("192.168.1.40", "192.168.1.49")
        .dhcp(server -> server.dnsServers("192.0.2.1").leaseTime(Duration.ofMinutes(10)))
        .forward(NatProtocol.UDP, 5000, "192.168.1.20", 9)
        .forward(NatProtocol.UDP, 5001, "192.168.1.20", 9)
        .nat(nat -> nat.withParity(false))
        .line(wire -> wire.delay(Duration.ofMillis(10)))
        .runs(host -> host.stack().udp().bind(4711).subscribe())
        .start();
    Host server = home.host("server", "192.168.1.20", host -> host.runs(it -> seen.add("started")));
    Host laptop = home.host("laptop");
    lab.await(home.configured(SOON));
    assertThat(laptop.address()).hasToString("192.168.1.40");
    assertThat(laptop.stack().dns().servers()).containsExactly(provider.address());
    assertThat(seen).containsExactly("started");
    seen.clear();
    answers(server, 9);
    UdpConnection asking = lab.await(provider.stack().udp().bind(6000));
    assertThat(isAnswered(asking, "192.0.2.7", 5000)).isTrue();
    assertThat(isAnswered(asking, "192.0.2.7", 5001)).isTrue();
    assertThat(isAnswered(asking, "192.0.2.7", 5002)).isFalse();
    assertThat(seen).containsExactly("192.0.2.1:6000", "192.0.2.1:6000");
    assertThat(home.line().impairmentToRight().delay()).isEqualTo(Duration.ofMillis(10));
    assertThat(lab.tables().of("home").toString()).contains("4711");
    assertThat(home.hosts()).containsExactly(server, laptop);
  }

  @Test
  void afterAPowerCutTheMappingsAreGoneAndTheForwardingsRemain() {
    AccessPoint home = AccessPoint.at(lab, "home").outside(access, "192.0.2.7/24", "192.0.2.1")
        .forward(NatProtocol.UDP, 5000, "192.168.1.20", 9).start();
    Host server = home.host("server", "192.168.1.20");
    answers(provider, 7);
    answers(server, 9);
    UdpConnection inside = lab.await(server.stack().udp().bind(3000));
    assertThat(isAnswered(inside, "192.0.2.1", 7)).isTrue();
    List<NatMapping> before = lab.await(home.host().stack().natMappings());
    home.host().crash();
    assertThat(isAnswered(inside, "192.0.2.1", 7)).isFalse();
    home.host().restart();
    List<NatMapping> after = lab.await(home.host().stack().natMappings());
    assertThat(before).filteredOn(mapping -> !mapping.isForwarding()).hasSize(1);
    assertThat(after).singleElement().matches(NatMapping::isForwarding);
    // A datagram of the provider to the lost mapping reaches nobody.
    UdpConnection outside = lab.await(provider.stack().udp().bind(6000));
    assertThat(isAnswered(outside, "192.0.2.7", 3000)).isFalse();
    assertThat(isAnswered(outside, "192.0.2.7", 5000)).isTrue();
    assertThat(isAnswered(inside, "192.0.2.1", 7)).isTrue();
  }

  @Test
  void routersOutsideConfigureTheIpv6OfTheBox() {
    lab.await(provider.stack().addAddress("if0", IpPrefix.parse("2001:db8:1::1/64"))
        .then(provider.stack().advertise("if0", settings -> settings)));
    AccessPoint home = AccessPoint.at(lab, "home").outside(access).ipv6("2001:db8:101::1/64").start();
    Host laptop = home.host("laptop");
    lab.await(home.configured(SOON));
    lab.advance(Duration.ofSeconds(20));
    IpAddress box = global(home.host(), "2001:db8:1:");
    lab.await(provider.stack().addRoute(IpPrefix.parse("2001:db8:101::/64"), box));
    assertThat(pings(laptop, IpAddress.parse("2001:db8:1::1"))).isTrue();
    assertThat(pings(provider, global(laptop, "2001:db8:101:"))).isTrue();
  }

  private IpAddress global(Host host, String prefix) {
    return lab.await(host.stack().interfaces()).stream().flatMap(each -> each.addresses().stream())
        .map(IpPrefix::address).filter(address -> address.toString().startsWith(prefix)).findFirst().orElseThrow();
  }
}
