package io.reactorstack.dns.exchange;

import static io.reactorstack.dns.FakeServers.name;
import static io.reactorstack.dns.exchange.ExchangeBench.S1;
import static io.reactorstack.dns.exchange.ExchangeBench.S2;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;

/** Tests what is remembered about servers. */
class ServerBookTest {

  private static final Endpoint S3 = new Endpoint(IpAddress.parse("192.0.2.3"), 53);
  private static final Name ZONE = name("example.lab");
  private static final Duration WAITED = Duration.ofMillis(400);

  private long now = -Duration.ofSeconds(1).toNanos();
  private final ServerBook book = new ServerBook(() -> now, new SplittableRandom(5));

  private void advance(Duration duration) {
    now += duration.toNanos();
  }

  private void answered(Endpoint server, long millis) {
    book.answered(server, Duration.ofMillis(millis).toNanos());
  }

  /** Lets a query that is sent now time out. */
  private void timeOut(Endpoint server) {
    advance(WAITED);
    book.silent(server, WAITED);
  }

  // ---- round-trip times

  @Test
  void waitsForAnUnknownServer() {
    assertThat(book.patience(S1)).isEqualTo(Duration.ofMillis(400));
  }

  @Test
  @Requirement({"RFC1035-7.2-02", "RFC1035-4.2.1-06"})
  void waitsAsLongAsTheRoundTripTimesOfEachServerSuggest() {
    answered(S1, 200);
    // RFC 6298 section 2.2: SRTT = 200, RTTVAR = 100
    assertThat(book.patience(S1)).isEqualTo(Duration.ofMillis(600));
    answered(S1, 360);
    // RFC 6298 section 2.3: RTTVAR = 3/4 * 100 + 1/4 * 160 = 115, then SRTT = 7/8 * 200 + 1/8 * 360 = 220
    assertThat(book.patience(S1)).isEqualTo(Duration.ofMillis(680));
    assertThat(book.patience(S2)).as("another server").isEqualTo(Duration.ofMillis(400));
  }

  @Test
  @Requirement("RFC1035-7.2-05")
  void waitsOneAndAHalfTimesASteadyRoundTripTime() {
    for (int i = 0; i < 100; i++) {
      answered(S1, 200);
    }
    assertThat(book.patience(S1)).isBetween(Duration.ofMillis(300), Duration.ofMillis(301));
  }

  @Test
  void waitsATenthOfASecondAtLeastAndTenSecondsAtMost() {
    answered(S1, 1);
    assertThat(book.patience(S1)).isEqualTo(Duration.ofMillis(100));
    answered(S2, 60_000);
    assertThat(book.patience(S2)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void waitsTwiceAsLongAfterEachTimeoutUpToSixteenTimes() {
    for (int millis : new int[] {800, 1600, 3200, 6400, 6400}) {
      timeOut(S1);
      assertThat(book.patience(S1)).isEqualTo(Duration.ofMillis(millis));
    }
    answered(S1, 100);
    assertThat(book.patience(S1)).as("after an answer").isEqualTo(Duration.ofMillis(300));
  }

  // ---- silence

  @Test
  void aServerIsSilentForThirtySecondsThatDoubleUpToFiveMinutes() {
    for (int seconds : new int[] {30, 60, 120, 240, 300, 300}) {
      timeOut(S1);
      assertThat(book.isSilent(S1)).isTrue();
      assertThat(book.isSilent(S2)).isFalse();
      advance(Duration.ofSeconds(seconds).minusNanos(1));
      assertThat(book.isSilent(S1)).as("until %d s have passed", seconds).isTrue();
      advance(Duration.ofNanos(1));
      assertThat(book.isSilent(S1)).isFalse();
    }
    timeOut(S1);
    answered(S1, 100);
    assertThat(book.isSilent(S1)).isFalse();
    timeOut(S1);
    advance(Duration.ofSeconds(30));
    assertThat(book.isSilent(S1)).as("the doubling starts again").isFalse();
  }

  @Test
  void queriesThatTimeOutTogetherCountOnce() {
    advance(WAITED);
    for (int i = 0; i < 10; i++) {
      book.silent(S1, WAITED);
      advance(Duration.ofMillis(10));
    }
    assertThat(book.patience(S1)).isEqualTo(Duration.ofMillis(800));
    advance(Duration.ofSeconds(30));
    assertThat(book.isSilent(S1)).isFalse();
  }

  @Test
  void aServerThatAnsweredAnotherQueryIsNotSilent() {
    advance(Duration.ofMillis(200));
    answered(S1, 20);
    advance(Duration.ofMillis(200));
    book.silent(S1, WAITED);
    assertThat(book.isSilent(S1)).isFalse();
    timeOut(S1);
    assertThat(book.isSilent(S1)).as("nothing has come since that query").isTrue();
  }

  @Test
  void aSilentServerComesLastInAConfiguredOrder() {
    assertThat(book.configuredOrder(List.of(S2, S1, S3))).containsExactly(S2, S1, S3);
    timeOut(S2);
    assertThat(book.configuredOrder(List.of(S2, S1, S3))).containsExactly(S1, S3, S2);
    timeOut(S1);
    timeOut(S3);
    assertThat(book.configuredOrder(List.of(S2, S1, S3))).as("all are silent").containsExactly(S2, S1, S3);
  }

  // ---- lame servers

  @Test
  void aServerIsLameForOneZoneForThirtySeconds() {
    book.lame(S1, ZONE);
    assertThat(book.isLame(S1, name("EXAMPLE.lab"))).isTrue();
    assertThat(book.isLame(S1, name("other.lab"))).isFalse();
    assertThat(book.isLame(S2, ZONE)).isFalse();
    advance(Duration.ofSeconds(30).minusNanos(1));
    assertThat(book.isLame(S1, ZONE)).isTrue();
    advance(Duration.ofNanos(1));
    assertThat(book.isLame(S1, ZONE)).isFalse();
  }

  @Test
  void remembersThirtyTwoZonesForWhichAServerIsLame() {
    IntStream.range(0, 40).forEach(i -> book.lame(S1, name("z" + i + ".lab")));
    assertThat(IntStream.range(0, 40).filter(i -> book.isLame(S1, name("z" + i + ".lab"))).count()).isEqualTo(32);

    advance(Duration.ofSeconds(29));
    book.lame(S1, name("z0.lab"));
    advance(Duration.ofSeconds(2));
    assertThat(book.isLame(S1, name("z0.lab"))).as("the time starts again, though there is no space").isTrue();
    assertThat(book.isLame(S1, name("z1.lab"))).isFalse();
    book.lame(S1, name("z39.lab"));
    assertThat(book.isLame(S1, name("z39.lab"))).as("old zones make space").isTrue();
  }

  // ---- the order of servers

  @Test
  void triesTheFastFirstThenTheSilentThenTheLame() {
    Endpoint slow = new Endpoint(IpAddress.parse("192.0.2.4"), 53);
    answered(S1, 20);
    answered(slow, 350);
    timeOut(S2);
    book.lame(S3, ZONE);
    assertThat(book.bestOrder(List.of(S3, S2, slow, S1), ZONE)).containsExactly(S1, slow, S2, S3);
    assertThat(book.bestOrder(List.of(S3, S2, slow, S1), name("other.lab")))
        .as("no round-trip time is known for a server that is lame for another zone").endsWith(slow, S2);
  }

  @Test
  void serversOfSimilarTimesAreUsedInRandomOrder() {
    answered(S1, 10);
    answered(S2, 90);
    Set<List<Endpoint>> orders = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      orders.add(book.bestOrder(List.of(S1, S2, S3), ZONE));
    }
    assertThat(orders).as("a server that was never used is tried as early").hasSize(6);
  }

  @Test
  void aSlowServerGetsAnotherChanceAfterAQuarterOfAnHour() {
    answered(S1, 2000);
    advance(Duration.ofMinutes(15).minusNanos(1));
    answered(S2, 10);
    assertThat(first()).containsExactly(S2);
    advance(Duration.ofNanos(1));
    answered(S2, 10);
    assertThat(first()).containsExactlyInAnyOrder(S1, S2);
    answered(S1, 2000);
    assertThat(first()).containsExactly(S2);
  }

  /** Returns the servers that come first in a hundred orders. */
  private Set<Endpoint> first() {
    Set<Endpoint> first = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      first.add(book.bestOrder(List.of(S1, S2), ZONE).getFirst());
    }
    return first;
  }

  // ---- memory

  @Test
  void forgetsAServerThatWasNotUsedForHalfAnHour() {
    byte[] cookie = book.clientCookie(S1);
    advance(Duration.ofMinutes(30).minusNanos(1));
    assertThat(book.clientCookie(S1)).isEqualTo(cookie);
    advance(Duration.ofMinutes(30));
    assertThat(book.clientCookie(S1)).isNotEqualTo(cookie);
  }

  @Test
  void remembersTenThousandServersAtMost() {
    List<Endpoint> many = IntStream.range(0, 20_000)
        .mapToObj(i -> new Endpoint(IpAddress.parse("10.1." + (i >> 8) + "." + (i & 0xff)), 53)).toList();
    many.forEach(book::losesCase);
    assertThat(many.stream().filter(server -> !book.keepsCase(server)).count()).isBetween(9_000L, 10_000L);
  }

  @Test
  void aBudgetCountsDownToZero() {
    Budget budget = new Budget(2);
    assertThat(budget.isSpent()).isFalse();
    assertThat(budget.take()).isTrue();
    assertThat(budget.take()).isTrue();
    assertThat(budget.isSpent()).isTrue();
    assertThat(budget.take()).isFalse();
    assertThat(budget.used()).isEqualTo(2);
  }
}
