package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Actions that a test runs in its world at given times, and conditions that it demands of the world. */
class ConditionsTest {

  private final Lab lab = Lab.virtual(11);
  private final AtomicInteger counter = new AtomicInteger();

  @AfterEach
  void close() {
    lab.close();
  }

  private void countEachSecond() {
    lab.run(() -> Flux.interval(Duration.ofSeconds(1)).subscribe(n -> counter.incrementAndGet()));
  }

  @Test
  void actionRunsOnceAtItsTime() {
    List<Duration> times = new ArrayList<>();
    lab.at(Duration.ofSeconds(3)).run(() -> times.add(lab.now()));
    lab.at(Duration.ofSeconds(1)).run(() -> times.add(lab.now()));
    lab.at(Duration.ofSeconds(2)).run(() -> times.add(lab.now())).close();
    lab.advance(Duration.ofSeconds(10));
    assertThat(times).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(3));
    lab.at(lab.now()).run(() -> times.add(lab.now()));
    assertThatThrownBy(() -> lab.at(Duration.ofSeconds(9)).run(() -> {})).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the time PT9S is past: it is PT10S");
    lab.advance(Duration.ZERO);
    assertThat(times).hasSize(3);
  }

  @Test
  void errorOfAPlannedActionFailsTheWorld() {
    lab.at(Duration.ofSeconds(3)).run(() -> assertThat(lab.hosts()).hasSize(1));
    assertThatThrownBy(() -> lab.await(Mono.delay(Duration.ofSeconds(5)))).isInstanceOf(AssertionError.class)
        .hasMessageContaining("Expected size: 1");
    assertThat(lab.now()).isEqualTo(Duration.ofSeconds(3));
    lab.await(Mono.delay(Duration.ofSeconds(5)));
  }

  @Test
  void conditionIsCheckedAfterEachInstant() {
    countEachSecond();
    lab.always("fewer than three", () -> counter.get() < 3);
    assertThatThrownBy(() -> lab.advance(Duration.ofSeconds(10))).isInstanceOf(AssertionError.class)
        .hasMessage("always: fewer than three: does not hold at PT3S");
    assertThat(lab.now()).isEqualTo(Duration.ofSeconds(3));
    lab.advance(Duration.ofSeconds(10));
    assertThat(counter).as("the world goes on, and the failure is reported once").hasValue(13);
  }

  @Test
  void closedConditionIsNotChecked() {
    countEachSecond();
    Scope demanded = lab.always("fewer than three", () -> counter.get() < 3);
    lab.advance(Duration.ofSeconds(2));
    demanded.close();
    lab.advance(Duration.ofSeconds(10));
  }

  @Test
  void exceptionOfAConditionFailsTheWorld() {
    lab.always("breaks", () -> {
      throw new IllegalStateException("broken");
    });
    assertThatThrownBy(() -> lab.await(Mono.delay(Duration.ofSeconds(5)))).isInstanceOf(IllegalStateException.class)
        .hasMessage("broken");
    assertThatThrownBy(lab::close).hasMessage("broken");
  }

  @Test
  void conditionIsCheckedOnClose() {
    Lab other = Lab.virtual(1);
    other.always("never", () -> false);
    assertThatThrownBy(other::close).isInstanceOf(AssertionError.class)
        .hasMessage("always: never: does not hold at PT0S");
    assertThat(other.loop().isTerminated()).isTrue();
    other.close();
  }

  @Test
  void timePassesUntilAConditionHolds() {
    countEachSecond();
    lab.eventually("three", Duration.ofSeconds(10), () -> counter.get() == 3);
    assertThat(lab.now()).isEqualTo(Duration.ofSeconds(3));
    lab.eventually("three", Duration.ofSeconds(10), () -> counter.get() == 3);
    assertThat(lab.now()).isEqualTo(Duration.ofSeconds(3));
    assertThatThrownBy(() -> lab.eventually("three again", Duration.ofSeconds(10), () -> counter.get() == 2))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("eventually: three again: does not hold within PT10S; ");
    assertThat(lab.now()).isEqualTo(Duration.ofSeconds(13));
  }

  @Test
  void conditionsAreCheckedInRealTime() {
    try (Lab real = Lab.realTime(1)) {
      countSoon(real);
      real.eventually("one", Duration.ofSeconds(20), () -> counter.get() == 1);
      real.always("one", () -> counter.get() == 1);
      countSoon(real);
      assertThatThrownBy(() -> real.await(Mono.never(), Duration.ofSeconds(20))).isInstanceOf(AssertionError.class)
          .hasMessageStartingWith("always: one: does not hold at PT");
    }
  }

  /** Plans the action inside the world, so that its time cannot have passed already. */
  private void countSoon(Lab real) {
    real.run(() -> real.at(real.now().plusMillis(20)).run(counter::incrementAndGet));
  }

  @Test
  void assertionErrorInTheWorldIsThrownUnchanged() {
    assertThatThrownBy(() -> lab.run(() -> assertThat(counter).hasValue(7))).isInstanceOf(AssertionError.class)
        .hasMessageContaining("7");
    assertThatThrownBy(() -> lab.await(Mono.fromRunnable(() -> assertThat(counter).hasValue(7))))
        .isInstanceOf(AssertionError.class).hasMessageContaining("7");
  }
}
