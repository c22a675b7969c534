package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.Requirement;
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
