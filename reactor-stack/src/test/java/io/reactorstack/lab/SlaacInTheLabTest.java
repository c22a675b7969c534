package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.InterfaceInfo;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.UnprobedStack;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** A host of the lab that a router configures. */
@Timeout(120)
class SlaacInTheLabTest {

  private static final String SERVER = "2001:db8:2::80";

  private static NetworkStack client(Lab lab, Switch lan) {
    Wire wire = lab.newWire("client", impairment -> impairment.delay(Duration.ofMillis(5)));
    lan.attach(wire.right());
    return lab.call(() -> NetworkStack.create().name("client").runOn(lab.loop()).random(lab.random("client"))
        .device("eth0", wire.left()).slaac().startNow());
  }

  private static Host server(Lab lab, Switch lan) {
    Host server = lab.host("server").address(SERVER + "/64").gateway("2001:db8:2::1").connectTo(lan);
    server.stack().tcp().listen(80).subscribe(connection -> connection
        .send(connection.receive().take(1).map(request -> {
          request.release();
          return Unpooled.copiedBuffer("a page\n", StandardCharsets.US_ASCII);
        }))
        .then(connection.close()).onErrorComplete().subscribe());
    return server;
  }

  private static Mono<String> fetch(NetworkStack client) {
    return client.tcp().connect(SERVER, 80)
        .flatMap(connection -> connection.send(Mono.just(Unpooled.copiedBuffer("GET", StandardCharsets.US_ASCII)))
            .thenMany(connection.receive())
            .map((ByteBuf bytes) -> {
              String text = bytes.toString(StandardCharsets.US_ASCII);
              bytes.release();
              return text;
            })
            .reduce("", String::concat)
            .flatMap(text -> connection.close().thenReturn(text)));
  }

  @Test
  void aHostWithoutAnAddressFetchesAPageThroughTheRouter() {
    List<IpPrefix> before = null;
    for (int run = 0; run < 2; run++) {
      try (Lab lab = Lab.virtual(7)) {
        Switch lan = lab.newSwitch("lan");
        Wire wire = lab.newWire("router");
        lan.attach(wire.right());
        ScriptedRouter router = new ScriptedRouter(lab, wire.left(), "fe80::1", "2001:db8:2::1",
            NdpFrames.prefix("2001:db8:1::/64", 7200, 3600));
        server(lab, lan);
        NetworkStack client = client(lab, lan);
        lab.await(client.configured(Duration.ofSeconds(10)));
        List<IpPrefix> own = lab.await(client.slaac("eth0").addresses());
        assertThat(own).hasSize(1);
        assertThat(IpPrefix.parse("2001:db8:1::/64").contains(own.getFirst().address())).isTrue();
        assertThat(lab.await(fetch(client))).isEqualTo("a page\n");
        assertThat(router.forwarded()).isGreaterThan(6);
        assertThat(router.solicited()).isEqualTo(1);
        assertThat(before == null || before.equals(own)).as("the same run for the same seed").isTrue();
        before = own;
        lab.call(() -> {
          router.withdraw();
          return "";
        });
        lab.advance(Duration.ofSeconds(1));
        assertThat(lab.await(fetch(client).onErrorResume(e -> Mono.just(e.getClass().getSimpleName()))))
            .isEqualTo("NoRouteToHostException");
        lab.await(client.stop());
      }
    }
  }

  @Test
  @Requirement("RFC4862-5.5.4-01")
  void aConnectionKeepsItsAddressWhenThatIsDeprecated() {
    try (Lab lab = Lab.virtual(9)) {
      Switch lan = lab.newSwitch("lan");
      Wire wire = lab.newWire("router");
      lan.attach(wire.right());
      ScriptedRouter router = new ScriptedRouter(lab, wire.left(), "fe80::1", "2001:db8:2::1",
          NdpFrames.prefix("2001:db8:1::/64", 7200, 60));
      server(lab, lan).stack().tcp().listen(7).subscribe(connection -> connection.send(connection.receive())
          .onErrorComplete().subscribe());
      NetworkStack client = client(lab, lan);
      lab.await(client.configured(Duration.ofSeconds(10)));
      TcpConnection connection = lab.await(client.tcp().connect(SERVER, 7));
      List<String> echoed = new ArrayList<>();
      connection.receive().subscribe(bytes -> {
        echoed.add(bytes.toString(StandardCharsets.US_ASCII));
        bytes.release();
      });
      List<InterfaceEvent> events = new ArrayList<>();
      client.interfaceEvents().subscribe(events::add);
      lab.advance(Duration.ofSeconds(90));
      assertThat(events).anyMatch(InterfaceEvent.AddressDeprecated.class::isInstance);
      lab.await(connection.send(Mono.just(Unpooled.copiedBuffer("late", StandardCharsets.US_ASCII))));
      lab.advance(Duration.ofSeconds(1));
      assertThat(echoed).containsExactly("late");
      assertThat(router.solicited()).isEqualTo(1);
      lab.await(client.stop());
    }
  }

  /** Returns a host that finds out by itself what its link offers. */
  private static NetworkStack automatic(Lab lab, Switch lan) {
    Wire wire = lab.newWire("client");
    lan.attach(wire.right());
    return lab.call(() -> UnprobedStack.create().name("client").runOn(lab.loop()).random(lab.random("client"))
        .device("eth0", wire.left()).autoconfigure().startNow());
  }

  @Test
  void oneVersionIsEnoughForAHostThatConfiguresItself() {
    try (Lab lab = Lab.virtual(7)) {
      Switch lan = lab.newSwitch("lan");
      Wire wire = lab.newWire("router");
      lan.attach(wire.right());
      ScriptedRouter router = new ScriptedRouter(lab, wire.left(), "fe80::1", "2001:db8:2::1",
          NdpFrames.prefix("2001:db8:1::/64", 7200, 3600));
      NetworkStack client = automatic(lab, lan);
      lab.await(client.configured(Duration.ofSeconds(5)));
      assertThat(router.solicited()).isEqualTo(1);
      assertThat(lab.await(client.slaac("eth0").addresses())).hasSize(1);
      assertThat(lab.now()).as("no wait for a DHCP server").isLessThan(Duration.ofSeconds(5));
      lab.await(client.stop());
    }
    try (Lab lab = Lab.virtual(7)) {
      Switch lan = lab.newSwitch("lan");
      lab.host("server").on(lan, "10.0.0.1/24").runs(DhcpServer.of("10.0.0.100", "10.0.0.101")).start();
      NetworkStack client = automatic(lab, lan);
      lab.await(client.configured(Duration.ofSeconds(15)));
      assertThat(lab.await(client.dhcp("eth0").lease()).address()).isEqualTo(IpPrefix.parse("10.0.0.100/24"));
      lab.await(client.stop());
    }
  }

  @Test
  void aHostThatConfiguresItselfSaysWhatItWaitsFor() {
    try (Lab lab = Lab.virtual(7)) {
      NetworkStack client = automatic(lab, lab.newSwitch("lan"));
      String message = lab.await(client.configured(Duration.ofSeconds(10)).cast(String.class)
          .onErrorResume(e -> Mono.just(String.valueOf(e.getMessage()))));
      assertThat(message).contains("eth0", "carrier up", "DHCP", "router");
      lab.await(client.configured(Duration.ofSeconds(20)));
      assertThat(lab.now()).as("the time of the link-local address").isGreaterThan(Duration.ofSeconds(12));
      lab.await(client.stop());
    }
  }

  @Test
  @Requirement("RFC4291-2.1-01")
  void eachInterfaceThatUsesIpv6HasALinkLocalAddress() {
    try (Lab lab = Lab.virtual(7)) {
      MemoryCable ethernet = MemoryCable.ethernet(1500);
      MemoryCable bare = MemoryCable.ip(1500);
      NetworkStack stack = lab.call(() -> UnprobedStack.create().runOn(lab.loop()).random(lab.random("host"))
          .device("eth0", ethernet.left(), "2001:db8:1::1/64")
          .device("tun0", bare.left(), "2001:db8:2::1/64", "10.0.0.1/24")
          .startNow());
      lab.advance(Duration.ofSeconds(5));
      List<InterfaceInfo> links = lab.await(stack.interfaces()).stream()
          .filter(each -> !each.capabilities().contains(InterfaceInfo.Capability.LOOPBACK)).toList();
      assertThat(links).extracting(InterfaceInfo::name).containsExactly("eth0", "tun0");
      assertThat(links).allSatisfy(each -> assertThat(each.addresses().stream()
          .filter(own -> own.address().isLinkLocal())).as("link-local addresses of %s", each).hasSize(1));
      lab.await(stack.stop());
    }
  }

  @Test
  void hostsWithFixedAddressesAskNoRouter() {
    try (Lab lab = Lab.virtual(7)) {
      Switch lan = lab.newSwitch("lan");
      Wire wire = lab.newWire("router");
      lan.attach(wire.right());
      ScriptedRouter router = new ScriptedRouter(lab, wire.left(), "fe80::1", "2001:db8:2::1");
      server(lab, lan);
      lab.advance(Duration.ofMinutes(1));
      assertThat(router.solicited()).isZero();
    }
  }
}
