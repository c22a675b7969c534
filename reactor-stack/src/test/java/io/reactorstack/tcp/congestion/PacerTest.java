package io.reactorstack.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Acks;
import org.junit.jupiter.api.Test;

class PacerTest {

  private static final int SMSS = 1000;
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1000 * MILLI;

  private final Pacer pacer = new Pacer();
  private long now = 17 * SECOND;

  /** Sends as fast as the pacer allows for {@code nanos}; returns the number of bytes sent. */
  private long send(long nanos, long rate, long timerLateBy) {
    long end = now + nanos;
    long sum = 0;
    while (now < end) {
      if (pacer.isOpen(now)) {
        pacer.onSent(SMSS, rate, SMSS, now);
        sum += SMSS;
      } else {
        now = pacer.opensAt() + timerLateBy;
      }
    }
    return sum;
  }

  @Test
  void theRateIsTwiceTheWindowInSlowStartAndSixFifthsLater() {
    CongestionControl reno = NewReno.FACTORY.create(new CongestionControl.Start(SMSS, 10 * SMSS, true, 0));
    assertThat(reno.pacingRate()).as("before the first round-trip sample").isZero();
    reno.onAck(Acks.measured(0, 0, 0, 100 * MILLI, 0));
    assertThat(reno.pacingRate()).isEqualTo(200_000);
    reno.onLoss(10 * SMSS, 0);
    reno.proposeWindow(5 * SMSS);
    assertThat(reno.pacingRate()).isEqualTo(60_000);
    assertThat(Pacer.rate(1 << 30, Integer.MAX_VALUE, 1)).isPositive();
  }

  @Test
  void theRoundTripOfTheHandshakeGivesTheFirstRate() {
    CongestionControl.Start start = new CongestionControl.Start(SMSS, 10 * SMSS, true, 100 * MILLI);
    assertThat(Cubic.FACTORY.create(start).pacingRate()).isEqualTo(200_000);
  }

  @Test
  void withoutPacingThereIsNoRate() {
    CongestionControl.Start start = new CongestionControl.Start(SMSS, 10 * SMSS, false, 100 * MILLI);
    assertThat(Cubic.FACTORY.create(start).pacingRate()).isZero();
  }

  @Test
  void segmentsLeaveAtTheGivenRate() {
    for (long rate : new long[] {10_000, 1_000_000, 125_000_000}) {
      assertThat((double) send(10 * SECOND, rate, 0)).isBetween(10.0 * rate * 0.999 - 2 * SMSS,
          10.0 * rate * 1.001 + 65536);
    }
  }

  @Test
  void aTimerThatIsLateDoesNotLowerTheRate() {
    // Two segments are due every 2 ms; the timer is late by half of that.
    assertThat((double) send(10 * SECOND, 1_000_000, MILLI)).isBetween(9_980_000.0, 10_020_000.0);
  }

  @Test
  void twoSegmentsLeaveTogetherAndNoMore() {
    pacer.onSent(SMSS, 100_000, SMSS, now);
    assertThat(pacer.isOpen(now)).isTrue();
    pacer.onSent(SMSS, 100_000, SMSS, now);
    assertThat(pacer.isOpen(now)).isFalse();
    assertThat(pacer.opensAt()).isEqualTo(now + 20 * MILLI);
    assertThat(pacer.isOpen(now + 20 * MILLI - 1)).isFalse();
    assertThat(pacer.isOpen(now + 20 * MILLI)).isTrue();
  }

  @Test
  void atAHighRateABurstIsAMillisecondsWorth() {
    int together = 0;
    while (pacer.isOpen(now)) {
      pacer.onSent(SMSS, 20_000_000, SMSS, now);
      together++;
    }
    assertThat(together).isEqualTo(20);
  }

  @Test
  void idleTimeGivesNoCredit() {
    send(SECOND, 100_000, 0);
    now += 60 * SECOND;
    int together = 0;
    while (pacer.isOpen(now)) {
      pacer.onSent(SMSS, 100_000, SMSS, now);
      together++;
    }
    assertThat(together).isEqualTo(2);
    // Neither does an incomplete burst from long ago.
    now += 60 * SECOND;
    pacer.onSent(SMSS, 100_000, SMSS, now);
    now += 60 * SECOND;
    pacer.onSent(SMSS, 100_000, SMSS, now);
    assertThat(pacer.isOpen(now)).isTrue();
  }

  @Test
  void atAVeryLowRateTwoSegmentsLeavePerSecond() {
    assertThat(send(10 * SECOND, 1, 0)).isEqualTo(20 * SMSS);
  }

  @Test
  void withoutARateNothingWaits() {
    for (int i = 0; i < 100; i++) {
      pacer.onSent(SMSS, 0, SMSS, now);
      assertThat(pacer.isOpen(now)).isTrue();
    }
  }
}
