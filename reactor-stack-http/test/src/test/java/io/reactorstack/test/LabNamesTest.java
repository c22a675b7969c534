package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Scope;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.IpAddress;
import java.net.BindException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Tests the names of hosts by DNS over the wire. */
@Timeout(60)
class LabNamesTest {

  private final Lab lab = Lab.builder().seed(6).strict().virtualTime();
  private final Switch lan = lab.newSwitch("lan");
  private final LabNames names = LabNames.of(lab);
  private final Host dns = names.dnsHost(lan, "10.0.0.53/24");
  private final AtomicInteger frames = new AtomicInteger();
  private final Host shop = lab.host("shop").stack(names.askedAt(dns)).on(lan, "10.0.0.1/24").start();

  @BeforeEach
  void warmUp() {
    lab.host("bank").on(lan, "10.0.0.2/24").start();
    // Resolve the neighbours first; this test is not about ARP on a bad wire.
    lab.await(shop.stack().icmp().ping(dns.address()));
    dns.wire().impair(w -> w.delay(Duration.ofMillis(5)));
    dns.observe((direction, frame, nanos) -> frames.incrementAndGet());
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private List<String> resolved(Host asker, String name) {
    return lab.await(asker.stack().resolver().resolve(name).collectList()).stream().map(IpAddress::toString).toList();
  }

  private void fails(String name, Reason reason) {
    assertThatThrownBy(() -> resolved(shop, name)).cause()
        .isInstanceOfSatisfying(DnsException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void aNameIsQueriedOnceAndCachedForItsTimeToLive() {
    assertThat(resolved(shop, "bank")).containsExactly("10.0.0.2");
    assertThat(lab.now()).as("one round trip").isEqualTo(Duration.ofMillis(10));
    assertThat(frames).hasValue(2);
    for (String name : List.of("BANK", "Bank.lab", "bank.lab.")) {
      assertThat(resolved(shop, name)).as(name).containsExactly("10.0.0.2");
    }
    assertThat(frames).as("all are the same name, from the cache").hasValue(2);
    assertThat(resolved(shop, "bank.")).as("without a domain").containsExactly("10.0.0.2");
    assertThat(frames).hasValue(4);
    lab.advance(Duration.ofSeconds(60));
    resolved(shop, "bank");
    assertThat(frames).hasValueGreaterThanOrEqualTo(6);
  }

  @Test
  void otherHostsUseTheInventory() {
    Host other = lab.host("other").on(lan, "10.0.0.4/24").start();
    assertThat(resolved(other, "bank")).containsExactly("10.0.0.2");
    assertThat(frames).hasValue(0);
  }

  @Test
  void anUnknownNameIsNotFound() {
    Duration before = lab.now();
    assertThatThrownBy(() -> resolved(shop, "bnak")).hasMessageContaining("bnak: name not found");
    assertThat(lab.now().minus(before)).as("two queries: in the domain of the lab and outside it")
        .isEqualTo(Duration.ofMillis(20));
    fails("www.example.com", Reason.NAME_NOT_FOUND);
  }

  @Test
  void aLaterHostIsFoundWhenTheNegativeAnswerExpires() {
    fails("late", Reason.NAME_NOT_FOUND);
    lab.host("late").on(lan, "10.0.0.7/24").start();
    lab.advance(Duration.ofSeconds(29));
    fails("late", Reason.NAME_NOT_FOUND);
    lab.advance(Duration.ofSeconds(1));
    assertThat(resolved(shop, "late")).containsExactly("10.0.0.7");
  }

  @Test
  void aMovedHostIsFoundWhenItsOldAddressExpires() {
    LabNames brief = LabNames.of(lab).timeToLive(Duration.ofSeconds(5)).negativeTimeToLive(Duration.ZERO);
    Host second = lab.host("dns2").on(lan, "10.0.0.54/24").start();
    lab.await(brief.serve(second));
    Host desk = lab.host("desk").stack(brief.askedAt(second)).on(lan, "10.0.0.3/24").start();
    assertThat(resolved(desk, "bank")).containsExactly("10.0.0.2");
    lab.await(lab.hosts().stream().filter(host -> host.name().equals("bank")).findFirst().orElseThrow().stack().stop());
    lab.host("bank").on(lan, "10.0.0.9/24").start();
    assertThat(resolved(desk, "bank")).as("cached").containsExactly("10.0.0.2");
    lab.advance(Duration.ofSeconds(5));
    assertThat(resolved(desk, "bank")).containsExactly("10.0.0.9");
    fails(desk, "late");
    lab.host("late").on(lan, "10.0.0.7/24").start();
    assertThat(resolved(desk, "late")).as("\"no such name\" is not cached").containsExactly("10.0.0.7");
  }

  private void fails(Host asker, String name) {
    assertThatThrownBy(() -> resolved(asker, name)).hasCauseInstanceOf(DnsException.class);
  }

  @Test
  void aLostQueryIsRepeatedAfterItsTimeout() {
    Duration before = lab.now();
    Scope hold = lab.partition(shop, dns);
    Mono.delay(Duration.ofSeconds(3), lab.scheduler()).subscribe(tick -> hold.close());
    assertThat(resolved(shop, "bank")).containsExactly("10.0.0.2");
    assertThat(lab.now().minus(before)).as("a timeout of 2 s, and an answer after 4 s more")
        .isEqualTo(Duration.ofMillis(6_010));
  }

  @Test
  void anUnreachableServerCausesATimeoutAfterThreeTries() {
    dns.wire().cut();
    Duration before = lab.now();
    fails("bank.", Reason.TIMEOUT);
    assertThat(lab.now().minus(before)).isEqualTo(Duration.ofSeconds(2 + 4 + 8));
  }

  @Test
  void aCrashedServerAnswersAgainAfterItsRestart() {
    lab.run(dns::crash);
    fails("bank.", Reason.TIMEOUT);
    dns.restart();
    lab.advance(Duration.ofSeconds(5));
    assertThat(resolved(shop, "bank.")).containsExactly("10.0.0.2");
  }

  @Test
  void theResolverMayBeConfiguredFurther() {
    Host hasty = lab.host("hasty").stack(s -> s.resolver(stack -> names.resolver(stack, dns)
        .queryTimeout(Duration.ofMillis(500)).retries(0))).on(lan, "10.0.0.3/24").start();
    lab.await(hasty.stack().icmp().ping(dns.address()));
    dns.wire().cut();
    Duration before = lab.now();
    assertThatThrownBy(() -> resolved(hasty, "bank.")).hasCauseInstanceOf(DnsException.class);
    assertThat(lab.now().minus(before)).isEqualTo(Duration.ofMillis(500));
  }

  @Test
  void answersRotateTheAddressesOfAHost() {
    lab.host("two").on(lan, "10.0.0.7/24").on(lan, "10.0.0.8/24").start();
    Host far = lab.host("far").on(lab.newSwitch("storage"), "10.1.0.7/24").on(lan, "10.0.0.9/24").start();
    assertThat(resolved(shop, "two")).containsExactly("10.0.0.7", "10.0.0.8");
    assertThat(resolved(shop, "two.")).as("another question").containsExactly("10.0.0.7", "10.0.0.8");
    lab.advance(Duration.ofSeconds(60));
    assertThat(resolved(shop, "two")).containsExactly("10.0.0.8", "10.0.0.7");
    assertThat(resolved(shop, "far")).as("the address on the link comes first").containsExactly("10.0.0.9", "10.1.0.7");
    assertThat(far.addresses()).hasSize(2);
  }

  @Test
  void aHostWithAnInvalidDomainNameIsLeftOutOfTheZone() {
    lab.host("a..b").on(lan, "10.0.0.7/24").start();
    lab.host("x".repeat(64)).on(lan, "10.0.0.8/24").start();
    assertThat(resolved(shop, "bank")).containsExactly("10.0.0.2");
  }

  @Test
  void aPortOfAHostIsBoundOnlyOnce() {
    assertThatThrownBy(() -> lab.await(names.serve(dns))).hasCauseInstanceOf(BindException.class);
    Host other = lab.host("other").on(lan, "10.0.0.54/24").start();
    lab.await(names.serve(other)).dispose();
    lab.advance(Duration.ofMillis(1));
    lab.await(names.serve(other));
  }

  @Test
  void httpFindsItsServerByDns() {
    Host bank = lab.hosts().getLast();
    lab.await(LabHttp.of(bank).server().route(routes -> routes
        .get("/", (request, response) -> response.sendString(Mono.just("bank")))).bind());
    LabHttp http = LabHttp.of(shop);
    for (int i = 0; i < 3; i++) {
      assertThat(lab.await(http.client().get().uri("http://bank/").responseContent().aggregate().asString()))
          .isEqualTo("bank");
    }
    assertThat(frames).as("one query").hasValue(2);
  }
}
