package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

@Timeout(30)
class LabClockTest {

  @Test
  void aWorldBeginsWithTheYear2026AndItsDateMovesWithItsTime() {
    try (Lab lab = Lab.virtual(1)) {
      Clock clock = lab.clock();
      assertThat(clock.instant()).isEqualTo("2026-01-01T00:00:00Z");
      lab.advance(Duration.ofDays(59).plusNanos(1));
      assertThat(clock.instant()).isEqualTo("2026-03-01T00:00:00.000000001Z");
      assertThat(clock.millis()).isEqualTo(Instant.parse("2026-03-01T00:00:00Z").toEpochMilli());
      assertThat(lab.clock()).isEqualTo(clock);
    }
  }

  @Test
  void theSameDateForTheClockAndForReactor() {
    try (Lab lab = Lab.builder().startsAt(Instant.parse("1999-12-31T23:59:59.5Z")).virtualTime()) {
      Mono<List<Object>> dates = Mono.delay(Duration.ofSeconds(1)).map(n -> List.of(lab.clock().millis(),
          Schedulers.parallel().now(TimeUnit.MILLISECONDS), LocalDate.now(lab.clock())));
      List<Object> seen = lab.await(dates);
      long millis = Instant.parse("2000-01-01T00:00:00.5Z").toEpochMilli();
      assertThat(seen).isEqualTo(List.of(millis, millis, LocalDate.of(2000, 1, 1)));
    }
  }

  @Test
  void clockHasZonesAsInTheJdk() {
    try (Lab lab = Lab.virtual(1)) {
      InstantSource source = lab.clock();
      ZoneId vienna = ZoneId.of("Europe/Vienna");
      assertThat(source.withZone(vienna).getZone()).isEqualTo(vienna);
      assertThat(source.withZone(vienna).instant()).isEqualTo(source.instant());
      assertThat(lab.clock().getZone()).isEqualTo(ZoneOffset.UTC);
      assertThat(lab.clock().withZone(ZoneOffset.UTC)).isSameAs(lab.clock());
    }
  }

  @Test
  void datesOutOfRangeAreRejected() {
    LabBuilder builder = Lab.builder();
    assertThatThrownBy(() -> builder.startsAt(Instant.MAX)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("startsAt must be from 1900");
    assertThatThrownBy(() -> builder.startsAt(Instant.MIN)).isInstanceOf(IllegalArgumentException.class);
  }

  /** A later setting does not change earlier ones. */
  @Test
  void laterSettingsKeepEarlierOnes() {
    Instant date = Instant.parse("2030-01-01T00:00:00Z");
    LabBuilder builder = Lab.builder().startsAt(date).strict().seed(5).limit(Duration.ofSeconds(3));
    try (Lab lab = builder.virtualTime(); Lab seeded = Lab.virtual(5)) {
      assertThat(lab.clock().instant()).isEqualTo(date);
      assertThat(lab.random().nextLong()).isEqualTo(seeded.random().nextLong());
      assertThatThrownBy(() -> lab.await(Mono.delay(Duration.ofSeconds(4)))).hasMessageContaining("within PT3S");
    }
  }

  @Test
  void randomStreamContinuesAndDependsOnTheSeedOnly() {
    try (Lab one = Lab.virtual(7); Lab same = Lab.virtual(7); Lab other = Lab.virtual(8)) {
      List<Integer> drawn = draw(one.random());
      assertThat(draw(same.random())).isEqualTo(drawn);
      assertThat(draw(other.random())).isNotEqualTo(drawn);
      // There is a single stream: it continues, and named streams do not affect it.
      one.random("name").nextLong();
      assertThat(draw(one.random())).isEqualTo(draw(same.random())).isNotEqualTo(drawn);
      List<Integer> cards = new java.util.ArrayList<>(IntStream.range(0, 52).boxed().toList());
      Collections.shuffle(cards, one.random());
      assertThat(cards).isNotEqualTo(IntStream.range(0, 52).boxed().toList());
    }
  }

  private static List<Integer> draw(RandomGenerator random) {
    return IntStream.range(0, 10).mapToObj(n -> random.nextInt()).toList();
  }

  @Test
  void inRealTimeTheDateIsTheMachinesUnlessSet() {
    try (Lab lab = Lab.realTime(1)) {
      Instant before = Instant.now();
      assertThat(lab.clock().instant()).isBetween(before, before.plusSeconds(60));
      long millis = lab.scheduler().now(TimeUnit.MILLISECONDS);
      assertThat(millis).isBetween(before.toEpochMilli(), before.toEpochMilli() + 60_000);
    }
    Instant start = Instant.parse("2030-01-01T00:00:00Z");
    try (Lab lab = Lab.builder().startsAt(start).realTime()) {
      lab.advance(Duration.ofMillis(5));
      assertThat(lab.clock().instant()).isBetween(start.plusMillis(5), start.plusSeconds(60));
      long millis = lab.scheduler().now(TimeUnit.MILLISECONDS);
      assertThat(millis).isBetween(start.toEpochMilli(), start.toEpochMilli() + 60_000);
      assertThat(lab.random().nextLong()).isNotEqualTo(lab.random().nextLong());
    }
  }
}
