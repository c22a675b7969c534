package io.reactorstack.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.cache.CacheSettings;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.resolve.WalkBench.Asking;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** Tests when records that have ended are used (RFC 8767), and when records are renewed before their end. */
class StaleAnswersTest {

  private final WalkBench bench = WalkBench.small().cache(c -> c.maxStale(Duration.ofDays(1)));
  private final VirtualInternet net = bench.net;

  @AfterEach
  void nothingIsLeft() {
    bench.checkIdle();
  }

  private static Duration millis(long millis) {
    return Duration.ofMillis(millis);
  }

  /** Lets records with a TTL of a minute be known, and end. */
  private void end() {
    bench.example("www 60 A 10.9.0.1", "web 60 CNAME www", "away 60 CNAME www.other.org.");
    bench.ask("www.example.lab", "A");
    bench.ask("web.example.lab", "A");
    bench.ask("away.example.lab", "A");
    bench.ask("www.example.lab", "TXT");
    bench.pass(Duration.ofMinutes(10));
    net.queries();
  }

  @Test
  @Requirement({"RFC8767-5-01", "RFC8767-4-02", "RFC8767-4-03"})
  void aSlowServerLeavesTheClientStaleRecordsAfterItsPatience() {
    end();
    net.server("example").silent();
    long start = bench.loop.now();
    Asking asking = bench.start("www.example.lab", "A");
    bench.pass(millis(1799));
    assertThat(asking.isOver()).isFalse();
    bench.pass(millis(1));
    assertThat(asking.isOver()).isTrue();
    assertThat(asking.at() - start).isEqualTo(millis(1800).toNanos());
    assertThat(asking.answer().isStale()).isTrue();
    assertThat(WalkBench.records(asking.answer())).containsExactly("www.example.lab A 10.9.0.1");
    assertThat(asking.answer().ttl(bench.loop.now())).as("30 s from the start of the question").isBetween(28L, 30L);
    assertThat(bench.resolutions().staleAnswers()).isEqualTo(1);
    assertThat(net.open).as("the question goes on").isPositive();
    bench.pass(Duration.ofSeconds(30));
    assertThat(bench.resolutions().outstanding()).isZero();
  }

  @Test
  void anAnswerWithinTheClientsPatienceIsNew() {
    end();
    bench.example("www 60 A 10.9.0.2");
    net.server("example").delay(millis(1500));
    Answer answer = bench.ask("www.example.lab", "A");
    assertThat(answer.isStale()).isFalse();
    assertThat(WalkBench.records(answer)).containsExactly("www.example.lab A 10.9.0.2");
    assertThat(bench.resolutions().staleAnswers()).isZero();
  }

  @Test
  void anAnswerAfterTheClientsPatienceIsThereForTheNext() {
    end();
    bench.example("www 60 A 10.9.0.2");
    net.server("example").delay(millis(2500));
    assertThat(bench.ask("www.example.lab", "A").isStale()).isTrue();
    bench.pass(millis(1000));
    assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab A 10.9.0.2");
    assertThat(bench.ask("www.example.lab", "A").isStale()).isFalse();
  }

  @Test
  void afterAFailureStaleRecordsAreUsedAtOnce() {
    end();
    net.server("example").fails(Rcode.SERVFAIL);
    long start = bench.loop.now();
    Answer answer = bench.ask("www.example.lab", "A");
    assertThat(answer.isStale()).isTrue();
    assertThat(Duration.ofNanos(bench.loop.now() - start)).isLessThan(millis(200));
    net.queries();
    for (int i = 0; i < 3; i++) {
      Asking again = bench.start("www.example.lab", "A");
      assertThat(again.answer().isStale()).as("without a query").isTrue();
      assertThat(again.answer().ttl(bench.loop.now())).isEqualTo(30);
    }
    assertThat(net.queries()).isEmpty();
    assertThat(bench.resolutions().staleAnswers()).isEqualTo(4);
    bench.pass(Duration.ofSeconds(6));
    bench.ask("www.example.lab", "A");
    assertThat(net.queries()).as("after the time of the failure").isNotEmpty();
  }

  @Test
  void staleAliasesAreUsedToo() {
    end();
    net.server("example").silent();
    net.server("other").silent();
    for (int i = 0; i < 2; i++) {
      assertThat(bench.records("web.example.lab", "A")).containsExactly("web.example.lab CNAME www.example.lab.",
          "www.example.lab A 10.9.0.1");
      assertThat(bench.records("away.example.lab", "A")).containsExactly("away.example.lab CNAME www.other.org.",
          "www.other.org A 10.9.0.2");
      bench.pass(Duration.ofHours(2));
    }
    Answer answer = bench.ask("away.example.lab", "A");
    assertThat(answer.isStale()).isTrue();
    assertThat(answer.ttl(bench.loop.now())).isBetween(27L, 30L);
  }

  @Test
  void aStaleAbsenceIsUsedToo() {
    end();
    net.server("example").silent();
    Answer answer = bench.ask("www.example.lab", "TXT");
    assertThat(answer.reason()).isEqualTo(Reason.NO_DATA);
    assertThat(answer.isStale()).isTrue();
    assertThat(answer.ttl(bench.loop.now())).isBetween(27L, 30L);
  }

  @Test
  @Requirement("RFC8767-4-04")
  void whatTheAuthoritySaysReplacesStaleRecords() {
    end();
    bench.example("mail A 10.9.0.9");
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.NAME_NOT_FOUND);
    net.server("example").silent();
    bench.pass(Duration.ofMinutes(10));
    Answer answer = bench.ask("www.example.lab", "A");
    assertThat(answer.reason()).as("the stale name error").isEqualTo(Reason.NAME_NOT_FOUND);
  }

  @Test
  void aNameErrorThatMustNotBeKeptReplacesStaleRecords() {
    end();
    bench.example("mail A 10.9.0.9");
    net.server("example").lies(message -> message.removeAllRecords(Section.AUTHORITY));
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.NAME_NOT_FOUND);
    net.server("example").fails(Rcode.SERVFAIL);
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.SERVER_FAILURE);
  }

  @Test
  void errorsOfServersDoNotReplaceStaleRecords() {
    for (int rcode : new int[] {Rcode.SERVFAIL, Rcode.REFUSED, Rcode.NOTIMP, Rcode.FORMERR}) {
      net.server("example").honest();
      end();
      net.server("example").fails(rcode);
      assertThat(bench.records("www.example.lab", "A")).as(Rcode.string(rcode)).hasSize(1);
      bench.pass(Duration.ofMinutes(10));
      assertThat(bench.records("www.example.lab", "A")).as(Rcode.string(rcode)).hasSize(1);
      bench.pass(Duration.ofDays(2));
    }
  }

  @Test
  void recordsThatEndedTooLongAgoAreNotUsed() {
    end();
    net.server("example").silent();
    bench.pass(Duration.ofDays(1));
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.TIMEOUT);
  }

  @Test
  void withoutTheSettingNoStaleRecordsAreUsed() {
    bench.cacheSettings = CacheSettings.DEFAULTS;
    end();
    net.server("example").silent();
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.TIMEOUT);
  }

  private void renewing() {
    bench.limits = new WorkLimits(100, 512, 20, true);
    bench.example("www 100 A 10.9.0.1", "@ 100 NS ns2", "ns2 A 10.1.0.1");
    bench.ask("www.example.lab", "A");
    bench.ask("example.lab", "NS");
    net.queries();
  }

  @Test
  void recordsAreRenewedOnceInTheLastTenthOfTheirTime() {
    renewing();
    bench.pass(Duration.ofSeconds(89));
    bench.ask("www.example.lab", "A");
    bench.pass(millis(500));
    assertThat(net.queries()).as("before the last tenth").isEmpty();
    bench.pass(Duration.ofSeconds(2));
    net.server("example").delay(millis(50));
    for (int i = 0; i < 10; i++) {
      assertThat(bench.start("www.example.lab", "A").isOver()).as("answered from the cache").isTrue();
    }
    bench.pass(Duration.ofSeconds(1));
    assertThat(net.queries()).containsExactly("example www.example.lab A");
    bench.pass(Duration.ofSeconds(20));
    assertThat(bench.start("www.example.lab", "A").isOver()).as("it has started again").isTrue();
    assertThat(bench.resolutions().renewals()).isEqualTo(1);
  }

  @Test
  void aFailedRenewalIsNotRepeatedAtOnce() {
    renewing();
    bench.pass(Duration.ofSeconds(92));
    net.server("example").fails(Rcode.SERVFAIL);
    for (int i = 0; i < 4; i++) {
      assertThat(bench.start("www.example.lab", "A").isOver()).isTrue();
      bench.pass(Duration.ofSeconds(1));
    }
    assertThat(bench.resolutions().renewals()).isEqualTo(1);
    assertThat(bench.start("www.example.lab", "A").answer().failure()).isNull();
  }

  @Test
  void theServersOfAZoneAreNotRenewedBecauseTheZoneAboveLimitsTheirTime() {
    renewing();
    bench.pass(Duration.ofSeconds(95));
    for (int i = 0; i < 5; i++) {
      bench.ask("example.lab", "NS");
      bench.pass(millis(300));
    }
    assertThat(net.queries()).isEmpty();
  }
}
