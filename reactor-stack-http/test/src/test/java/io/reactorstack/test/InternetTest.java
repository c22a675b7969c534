package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.dns.AddressType;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.HostAddresses;
import io.reactorstack.icmp.Hop;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.icmp.PingResult;
import io.reactorstack.icmp.TraceOptions;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.HostBuilder;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.LeaseEntry;
import io.reactorstack.lab.NodeTables;
import io.reactorstack.lab.Wire;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.FrameBalance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Homes with access points, three networks and a server park, used by HTTP. */
class InternetTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  private final Lab lab = Lab.virtual(3);
  private final Internet internet = Internet.in(lab);
  private final List<String> seen = new ArrayList<>();
  private final Host shop = internet.server("shop", this::serves);

  @AfterEach
  void close() {
    lab.advance(Duration.ofMinutes(1));
    for (Host host : lab.hosts()) {
      FrameBalance.assertBalanced(host.stack());
      assertThat(host.stack().drops().snapshot()).as(host.name()).doesNotContainKey("stage.STAGE_FAULT");
    }
    lab.close();
  }

  /** Adds an HTTP server that notes the addresses of its clients and answers with the name of its host. */
  private HostBuilder serves(HostBuilder builder) {
    return builder.runs(host -> LabHttp.of(host).server().handle((request, response) -> {
      seen.add(request.remoteAddress().getAddress().getHostAddress());
      return response.sendString(Mono.just("this is " + host.name() + request.uri()));
    }).bindNow());
  }

  private void configure() {
    lab.await(internet.configured(SOON));
  }

  private Mono<String> page(Host from, String url) {
    return LabHttp.of(from).client().get().uri(url)
        .responseSingle((response, body) -> body.asString().map(text -> response.status().code() + " " + text));
  }

  private String fetch(Host from, String url) {
    return lab.await(page(from, url), Duration.ofMinutes(2));
  }

  private List<String> hops(Host from, String to) {
    return lab.await(from.stack().icmp().trace(IpAddress.parse(to), TraceOptions.DEFAULT).collectList()).stream()
        .map(Hop::hosts).map(hosts -> hosts.getFirst().toString()).toList();
  }

  private List<NatMapping> mappings(AccessPoint home, NatProtocol protocol) {
    return lab.await(home.host().stack().natMappings()).stream()
        .filter(mapping -> mapping.protocol() == protocol && !mapping.isForwarding()).toList();
  }

  @Test
  void aPageComesHomeThroughTheTranslatorAndThreeRouters() {
    AccessPoint home = internet.home("home");
    Host laptop = home.host("laptop");
    configure();
    assertThat(laptop.address()).hasToString("192.168.1.100");
    assertThat(fetch(laptop, "http://shop/page")).isEqualTo("200 this is shop/page");
    assertThat(fetch(laptop, "http://shop.lab/")).isEqualTo("200 this is shop/");
    assertThat(seen).containsExactly("192.0.2.10", "192.0.2.10");
    assertThat(home.address()).hasToString("192.0.2.10");
    assertThat(mappings(home, NatProtocol.TCP)).extracting(mapping -> mapping.inside().address())
        .contains(laptop.address());
    assertThat(hops(laptop, "203.0.113.10"))
        .containsExactly("192.168.1.1", "192.0.2.1", "198.18.12.2", "198.18.23.3", "203.0.113.10");
    NodeTables box = lab.tables().of("home");
    assertThat(box.kind()).isEqualTo("NAT router");
    assertThat(box.rows(NatMapping.class)).filteredOn(mapping -> mapping.protocol() == NatProtocol.TCP)
        .isNotEmpty().allSatisfy(mapping -> {
          assertThat(mapping.inside().address()).isEqualTo(laptop.address());
          assertThat(mapping.outside().address()).isEqualTo(home.address());
        });
    assertThat(box.rows(LeaseEntry.class)).extracting(LeaseEntry::address).map(Object::toString)
        .containsExactly("192.168.1.100");
    assertThat(lab.tables().of("router2").kind()).isEqualTo("router");
  }

  @Test
  void springsClientWorksFromHome() {
    Host laptop = internet.home("home").host("laptop");
    configure();
    assertThat(lab.await(LabHttp.webClient(laptop).get().uri("http://shop/").retrieve().bodyToMono(String.class)))
        .isEqualTo("this is shop/");
  }

  @Test
  void hostsOfAllNetworksReachEachOtherByNameOverIpv6() {
    Host bank = internet.host("bank", internet.networks().get(1), this::serves);
    Host office = internet.host("office", internet.networks().getFirst(), this::serves);
    assertThat(bank.address()).hasToString("198.51.100.10");
    assertThat(office.address()).hasToString("192.0.2.10");
    for (Host from : List.of(shop, bank, office)) {
      for (Host to : List.of(shop, bank, office)) {
        assertThat(fetch(from, "http://" + to.name() + "/")).isEqualTo("200 this is " + to.name() + "/");
      }
    }
    assertThat(seen).contains("2001:db8:3:0:0:0:0:10", "2001:db8:2:0:0:0:0:10", "2001:db8:1:0:0:0:0:10");
    assertThat(hops(office, "2001:db8:3::10"))
        .containsExactly("2001:db8:1::1", "2001:db8:12::2", "2001:db8:23::3", "2001:db8:3::10");
    assertThat(fetch(shop, "http://198.51.100.10/")).isEqualTo("200 this is bank/");
    assertThat(seen).endsWith("203.0.113.10");
    assertThat(lab.await(page(bank, "http://nobody/").onErrorResume(e -> Mono.just(e.toString()))))
        .contains("name not found");
  }

  @Test
  void aHomeWithIpv6IsNotTranslated() {
    AccessPoint home = internet.home("home", AccessPointBuilder::ipv6);
    Host laptop = home.host("laptop");
    AccessPoint other = internet.home("other", builder -> builder.inside("10.1.0.1/16").ipv6());
    Host phone = other.host("phone", this::serves);
    configure();
    lab.advance(Duration.ofSeconds(20));
    assertThat(fetch(laptop, "http://shop/")).isEqualTo("200 this is shop/");
    assertThat(seen).singleElement().asString().startsWith("2001:db8:101:0:");
    assertThat(hops(laptop, "2001:db8:3::10"))
        .containsExactly("2001:db8:101::1", "2001:db8:1::1", "2001:db8:12::2", "2001:db8:23::3", "2001:db8:3::10");
    assertThat(phone.address()).hasToString("10.1.0.100");
    // An IPv6 host at home is reached from outside.
    IpAddress global = lab.await(phone.stack().interfaces()).stream().flatMap(each -> each.addresses().stream())
        .map(IpPrefix::address)
        .filter(address -> address.toString().startsWith("2001:db8:102:")).findFirst().orElseThrow();
    assertThat(fetch(laptop, "http://[" + global + "]/")).isEqualTo("200 this is phone/");
    assertThat(mappings(home, NatProtocol.TCP)).isEmpty();
    // The provider's router remembers the prefixes.
    internet.router(1).restart();
    home.host().restart();
    lab.advance(Duration.ofSeconds(30));
    assertThat(fetch(laptop, "http://[" + global + "]/")).isEqualTo("200 this is phone/");
  }

  @Test
  void aHomeMayGetItsAddressFromTheProvider() {
    AccessPoint home = internet.home("home", AccessPointBuilder::outsideByDhcp);
    Host laptop = home.host("laptop");
    assertThatThrownBy(home::address).isInstanceOf(IllegalStateException.class);
    configure();
    assertThat(home.address()).hasToString("192.0.2.100");
    assertThat(home.host().stack().dns().servers()).containsExactly(internet.dns().address());
    assertThat(fetch(laptop, "http://shop/")).isEqualTo("200 this is shop/");
    assertThat(seen).containsExactly("192.0.2.100");
    home.host().restart();
    internet.router(1).restart();
    lab.await(home.configured(SOON));
    assertThat(home.address()).hasToString("192.0.2.100");
    assertThat(fetch(laptop, "http://shop/")).isEqualTo("200 this is shop/");
  }

  @Test
  void aForwardedPortIsReachedFromOutsideFromAnotherHomeAndFromInside() {
    AccessPoint home = internet.home("home",
        builder -> builder.forward(NatProtocol.TCP, 8080, "192.168.1.20", 80));
    home.host("nas", "192.168.1.20", this::serves);
    Host laptop = home.host("laptop");
    Host guest = internet.home("other").host("guest");
    configure();
    assertThat(guest.address()).isEqualTo(laptop.address());
    for (Host from : List.of(shop, guest, laptop)) {
      assertThat(fetch(from, "http://home:8080/")).isEqualTo("200 this is nas/");
    }
    // The last is a hairpin: the address outside is the source, too (RFC 4787 REQ-9).
    assertThat(seen).containsExactly("203.0.113.10", "192.0.2.11", "192.0.2.10");
    assertThat(lab.await(page(guest, "http://home/").onErrorResume(e -> Mono.just("refused")), Duration.ofMinutes(2)))
        .isEqualTo("refused");
  }

  @Test
  void anAccessPointThatRestartsHasForgottenItsMappings() {
    AccessPoint home = internet.home("home");
    Host laptop = home.host("laptop");
    configure();
    assertThat(fetch(laptop, "http://shop/1")).isEqualTo("200 this is shop/1");
    assertThat(mappings(home, NatProtocol.TCP)).hasSize(1);
    home.host().crash();
    assertThatThrownBy(() -> lab.await(page(laptop, "http://203.0.113.10/").timeout(Duration.ofSeconds(5))))
        .hasMessageContaining("5000ms");
    home.host().restart();
    assertThat(mappings(home, NatProtocol.TCP)).isEmpty();
    assertThat(fetch(laptop, "http://shop/2")).isEqualTo("200 this is shop/2");
    Host phone = home.host("phone");
    configure();
    assertThat(phone.address())
        .as("the server has lost its leases, but the phone finds that the first address is in use")
        .hasToString("192.168.1.101");
    assertThat(fetch(phone, "http://shop/3")).isEqualTo("200 this is shop/3");
  }

  @Test
  void eachRouterMayCrashAndRestart() {
    Host laptop = internet.home("home").host("laptop");
    configure();
    for (int number = 1; number <= 3; number++) {
      Host router = internet.router(number);
      router.crash();
      assertThatThrownBy(() -> lab.await(page(laptop, "http://203.0.113.10/").timeout(Duration.ofSeconds(3))))
          .hasMessageContaining("3000ms");
      router.restart();
      lab.advance(Duration.ofSeconds(1));
      assertThat(fetch(laptop, "http://shop/")).isEqualTo("200 this is shop/");
      // IPv6 too
      assertThat(hops(internet.dns(), "2001:db8:12::1")).last().isEqualTo("2001:db8:12::1");
    }
  }

  @Test
  void linksAreCutImpairedAndWatched() {
    AtomicInteger frames = new AtomicInteger();
    internet.link(2).left().observe((direction, frame, nanos) -> frames.incrementAndGet());
    Host laptop = internet.home("home").host("laptop");
    configure();
    Duration start = lab.now();
    fetch(laptop, "http://203.0.113.10/");
    assertThat(frames).hasPositiveValue();
    assertThat(lab.now().minus(start)).as("two round trips of four times 5 ms and two times 2 ms")
        .isBetween(Duration.ofMillis(48), Duration.ofMillis(80));
    internet.link(1).impair(wire -> wire.loss(0.2));
    for (int i = 0; i < 10; i++) {
      assertThat(fetch(laptop, "http://shop/")).isEqualTo("200 this is shop/");
    }
    internet.link(1).impair(wire -> wire.loss(0)).cut();
    assertThatThrownBy(() -> lab.await(page(laptop, "http://shop/").timeout(Duration.ofSeconds(3))))
        .hasMessageContaining("3000ms");
    internet.link(1).mend();
    assertThat(fetch(laptop, "http://shop/")).isEqualTo("200 this is shop/");
  }

  @Test
  void settingsOfLinksLinesAndNames() {
    try (Lab slow = Lab.virtual(4)) {
      Internet own = Internet.in(slow, settings -> settings.withLinks(link -> link.delay(Duration.ofMillis(50)))
          .withLines(line -> line.delay(Duration.ofMillis(30))).withTimeToLive(Duration.ofSeconds(7)));
      AccessPoint home = own.home("home");
      assertThat(own.link(2).impairmentToLeft().delay()).isEqualTo(Duration.ofMillis(50));
      assertThat(home.line().impairmentToRight()).hasToString(home.line().impairmentToLeft().toString());
      // The first probe also waits for ARP on each link.
      slow.await(own.dns().stack().icmp().ping(home.address(), PingOptions.DEFAULT).next());
      PingResult result = slow.await(own.dns().stack().icmp().ping(home.address(), PingOptions.DEFAULT).next());
      assertThat(result).isInstanceOfSatisfying(PingReply.class,
          reply -> assertThat(reply.roundTrip()).isBetween(Duration.ofMillis(260), Duration.ofMillis(270)));
      HostAddresses found = slow.await(DnsResolver.create(own.router(1).stack()).servers(own.dns().address())
          .lookup("home", AddressType.A));
      assertThat(found.timeToLive()).isEqualTo(Duration.ofSeconds(7));
      assertThat(found.addresses()).containsExactly(home.address());
    }
  }

  @Test
  void aPortAtHomeIsMirrored() {
    AccessPoint home = internet.home("home");
    Host laptop = home.host("laptop");
    configure();
    Wire tap = lab.newWire("tap");
    home.inside().attach(tap.right());
    home.inside().port("laptop-home-lan").mirrorTo(home.inside().port("tap"));
    long before = tap.countersToLeft().sent();
    assertThat(fetch(laptop, "http://shop/")).isEqualTo("200 this is shop/");
    assertThat(tap.countersToLeft().sent() - before).as("the query and the connection").isGreaterThanOrEqualTo(8);
  }

  @Test
  void wrongPlacesAreRefused() {
    AccessPoint home = internet.home("home");
    assertThatThrownBy(() -> home.host("nas", "192.168.1.120")).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the address 192.168.1.120 is not in the network 192.168.1.0/24 outside of the pool"
            + " 192.168.1.100 to 192.168.1.199");
    assertThatThrownBy(() -> home.host("nas", "10.0.0.1")).isInstanceOf(IllegalArgumentException.class);
    Internet.Network elsewhere = new Internet.Network(3, "park", lab.newSwitch("elsewhere"));
    assertThatThrownBy(() -> internet.host("bank", elsewhere)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not of this internet");
    assertThatThrownBy(() -> internet.home("other", builder -> builder.forward(NatProtocol.TCP, 80, "10.0.0.1", 80)))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("not inside");
    assertThatThrownBy(() -> AccessPoint.at(lab, "loose").ipv6()).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> AccessPoint.at(lab, "loose").start()).isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("outside");
  }
}
