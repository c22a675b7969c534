package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.event.Ipv6Status;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.routing.AdvertisementSettings;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.wire.RouterPreference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Hosts of a home network that routers of the lab configure, and a server behind the routers. */
class AdvertisingRouterInTheLabTest {

  private static final IpAddress SERVER = IpAddress.parse("2001:db8:2::80");
  private static final IpPrefix HOME = IpPrefix.parse("2001:db8:1::/64");
  private static final String PAGE = "a page behind the router\n";

  private final Lab lab = Lab.virtual(3);
  private final Switch home = lab.newSwitch("home");
  private final Switch park = lab.newSwitch("park");

  @AfterEach
  void close() {
    lab.advance(Duration.ofSeconds(5));
    for (Host host : lab.hosts()) {
      FrameBalance.assertBalanced(host.stack());
      assertThat(host.stack().drops().snapshot()).as(host.name()).doesNotContainKey("stage.STAGE_FAULT");
    }
    lab.close();
  }

  private Host router(String name, int number, UnaryOperator<AdvertisementSettings> change) {
    return lab.router(name).on(home, "2001:db8:1::" + number + "/64").on(park, "2001:db8:2::" + number + "/64")
        .stack(stack -> stack.advertise("if0",
            settings -> change.apply(settings.withMaxRtrAdvInterval(Duration.ofSeconds(10)))))
        .start();
  }

  private Host server() {
    Host server = lab.host("server").on(park, SERVER + "/64").gateway("2001:db8:2::1").start();
    server.stack().tcp().listen(80).subscribe(connection -> connection
        .send(connection.receive().take(1).map(request -> {
          request.release();
          return Unpooled.copiedBuffer(PAGE, StandardCharsets.US_ASCII);
        }))
        .then(connection.close()).onErrorComplete().subscribe());
    return server;
  }

  private Host client() {
    return lab.host("client").slaac().on(home).start();
  }

  private void configured(Host client) {
    lab.await(client.stack().configured(Duration.ofSeconds(10)));
  }

  private Ipv6Status status(Host host) {
    return lab.await(host.stack().slaac("if0").status().next());
  }

  private String nextHop(Host from) {
    return lab.await(from.stack().path(SERVER).map(path -> path.nextHop().toString()).defaultIfEmpty("none"));
  }

  private String linkLocal(Host host) {
    return lab.await(host.stack().interfaces()).stream().filter(each -> each.name().equals("if0"))
        .flatMap(each -> each.addresses().stream()).map(IpPrefix::address).filter(IpAddress::isLinkLocal)
        .findFirst().orElseThrow().toString();
  }

  private String fetch(Host client) {
    return lab.await(client.stack().tcp().connect(SERVER.toString(), 80)
        .flatMap(connection -> connection.send(Mono.just(Unpooled.copiedBuffer("GET", StandardCharsets.US_ASCII)))
            .thenMany(connection.receive())
            .map((ByteBuf bytes) -> {
              String text = bytes.toString(StandardCharsets.US_ASCII);
              bytes.release();
              return text;
            })
            .reduce("", String::concat)
            .flatMap(text -> connection.close().thenReturn(text)))
        .timeout(Duration.ofSeconds(20), lab.scheduler())
        .onErrorResume(e -> Mono.just(e instanceof TimeoutException ? "timeout" : e.getClass().getSimpleName())));
  }

  @Test
  void aHostGetsAllItNeedsToReachAServerBehindTheRouter() {
    Host router = router("router", 1, settings -> settings.withLinkMtu(1400).withCurHopLimit(33)
        .withDnsServers(IpAddress.parse("2001:db8:2::53")).withSearchDomains("example.lab"));
    server();
    Host client = client();
    configured(client);
    Ipv6Status status = status(client);
    assertThat(status.addresses()).singleElement().matches(own -> HOME.contains(own.address()));
    assertThat(status.routers()).singleElement().hasToString(linkLocal(router));
    assertThat(client.stack().dns())
        .isEqualTo(new DnsConfiguration(List.of(IpAddress.parse("2001:db8:2::53")), List.of("example.lab")));
    assertThat(nextHop(client)).isEqualTo(linkLocal(router));
    assertThat(lab.await(client.stack().path(SERVER)).mtu()).isEqualTo(1400);
    assertThat(fetch(client)).isEqualTo(PAGE);
    assertThat(lab.await(client.stack().icmp().ping(SERVER)).hopLimit()).isEqualTo(63);
  }

  @Test
  void aRouterThatCrashesIsReplacedByNothingAndFoundAgain() {
    Host router = router("router", 1, settings -> settings);
    server();
    Host client = client();
    configured(client);
    IpPrefix own = status(client).addresses().getFirst();
    router.crash();
    lab.advance(Duration.ofSeconds(1));
    assertThat(status(client).routers()).as("nobody has said so").hasSize(1);
    assertThat(fetch(client)).isNotEqualTo(PAGE);
    lab.advance(Duration.ofSeconds(30));
    assertThat(status(client).routers()).as("its lifetime has ended").isEmpty();
    assertThat(nextHop(client)).isEqualTo("none");
    assertThat(status(client).addresses()).containsExactly(own);
    router.restart();
    lab.advance(Duration.ofSeconds(10));
    assertThat(status(client).routers()).hasSize(1);
    assertThat(fetch(client)).isEqualTo(PAGE);
    assertThat(status(client).addresses()).containsExactly(own);
  }

  @Test
  void aRouterThatStopsSaysSo() {
    Host router = router("router", 1, settings -> settings);
    Host client = client();
    configured(client);
    lab.await(router.stop());
    lab.advance(Duration.ofMillis(100));
    assertThat(status(client).routers()).isEmpty();
  }

  @Test
  void aRouterThatForwardsNoMoreIsNotUsed() {
    Host router = router("router", 1, settings -> settings);
    server();
    Host client = client();
    configured(client);
    assertThat(fetch(client)).isEqualTo(PAGE);
    lab.await(router.stack().forwarding(false));
    // Before the next router advertisement, the router says so in an advertisement of its address.
    lab.advance(Duration.ofMillis(30));
    assertThat(status(client).routers()).isEmpty();
    assertThat(fetch(client)).isEqualTo("NoRouteToHostException");
    lab.await(router.stack().forwarding(true));
    lab.advance(Duration.ofSeconds(5));
    assertThat(fetch(client)).isEqualTo(PAGE);
  }

  @Test
  void ofTwoRoutersThePreferredOneIsUsedWhileItAnswers() {
    Host low = router("low", 1, settings -> settings.withPreference(RouterPreference.LOW));
    Host high = router("high", 2, settings -> settings.withPreference(RouterPreference.HIGH));
    server();
    Host client = client();
    configured(client);
    lab.advance(Duration.ofSeconds(2));
    assertThat(status(client).routers().stream().map(Object::toString))
        .containsExactly(linkLocal(high), linkLocal(low));
    assertThat(nextHop(client)).isEqualTo(linkLocal(high));
    String former = linkLocal(high);
    high.crash();
    assertThat(fetch(client)).as("a connection finds the other one").isEqualTo(PAGE);
    assertThat(nextHop(client)).isEqualTo(linkLocal(low));
    high.restart();
    lab.advance(Duration.ofSeconds(10));
    assertThat(linkLocal(high)).isEqualTo(former);
    assertThat(nextHop(client)).isEqualTo(former);
    lab.await(high.stack().advertise("if0", settings -> settings.withPreference(RouterPreference.LOW)));
    lab.await(low.stack().advertise("if0", settings -> settings.withPreference(RouterPreference.MEDIUM)));
    lab.advance(Duration.ofSeconds(5));
    assertThat(nextHop(client)).isEqualTo(linkLocal(low));
    assertThat(fetch(client)).isEqualTo(PAGE);
  }

  @Test
  void aHostFollowsARedirectIfItsSettingsAllowIt() {
    Host first = lab.router("first").on(home, "2001:db8:1::1/64").stack(stack -> stack.advertise("if0")).start();
    Host second = lab.router("second").on(home, "2001:db8:1::2/64").on(park, "2001:db8:2::1/64").start();
    lab.await(first.stack().addRoute(IpPrefix.parse("2001:db8:2::/64"), IpAddress.parse(linkLocal(second) + "%if0")));
    server();
    Host client = lab.host("client").slaac().on(home)
        .stack(stack -> stack.ipv6("if0", settings -> settings.withRedirects(true))).start();
    Host deaf = lab.host("deaf").slaac().on(home).start();
    configured(client);
    configured(deaf);
    List<InterfaceEvent.Redirected> redirected = new ArrayList<>();
    client.stack().interfaceEvents().ofType(InterfaceEvent.Redirected.class).subscribe(redirected::add);
    assertThat(fetch(client)).isEqualTo(PAGE);
    assertThat(redirected)
        .containsExactly(new InterfaceEvent.Redirected("if0", SERVER, IpAddress.parse(linkLocal(second))));
    assertThat(nextHop(client)).isEqualTo(linkLocal(second));
    assertThat(fetch(client)).isEqualTo(PAGE);
    assertThat(fetch(deaf)).isEqualTo(PAGE);
    assertThat(nextHop(deaf)).isEqualTo(linkLocal(first));
  }

  @Test
  void aRunOfOneSeedRepeatsExactly() {
    List<List<InterfaceEvent>> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      try (Lab world = Lab.virtual(11)) {
        Switch lan = world.newSwitch("lan");
        world.router("router").on(lan, "2001:db8:1::1/64").stack(stack -> stack.advertise("if0",
            settings -> settings.withMaxRtrAdvInterval(Duration.ofSeconds(10)))).start();
        Host host = world.host("host").slaac().on(lan).start();
        List<InterfaceEvent> events = new ArrayList<>();
        host.stack().interfaceEvents().subscribe(events::add);
        world.advance(Duration.ofMinutes(5));
        runs.add(events);
      }
    }
    assertThat(runs.getFirst()).isNotEmpty().isEqualTo(runs.getLast());
  }
}
