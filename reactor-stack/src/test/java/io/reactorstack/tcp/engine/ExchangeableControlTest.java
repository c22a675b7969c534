package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Acks;
import io.reactorstack.tcp.congestion.CongestionControl;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replacing a congestion control: the new algorithm continues where the old one stopped. */
class ExchangeableControlTest {

  private static final int SMSS = 1000;
  private static final long RTT = TimeUnit.MILLISECONDS.toNanos(50);

  private long now;
  private int sndNxt;

  private ExchangeableControl begin(String name) {
    return new ExchangeableControl(CongestionControl.named(name),
        new CongestionControl.Start(SMSS, 10 * SMSS, false, RTT));
  }

  /** Simulates round trips in which the window is filled and acknowledged. */
  private void run(CongestionControl control, int roundTrips) {
    for (int i = 0; i < roundTrips; i++) {
      now += RTT;
      int flight = control.cwnd() / SMSS * SMSS;
      for (int sent = SMSS; sent <= flight; sent += SMSS) {
        sndNxt += SMSS;
        control.onSent(SMSS, sent, sndNxt, now);
      }
      for (int left = flight; left > 0; left -= SMSS) {
        control.onAck(Acks.measured(SMSS, sndNxt - left + SMSS, sndNxt, RTT, now));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"cubic,reno", "reno,cubic"})
  void afterALossTheNewControlContinuesCongestionAvoidance(String first, String second) {
    ExchangeableControl control = begin(first);
    run(control, 4);
    control.onLoss(control.cwnd(), now);
    control.proposeWindow(control.slowStartThreshold());
    run(control, 2);
    int window = control.cwnd();
    int threshold = control.slowStartThreshold();
    control.exchange(CongestionControl.named(second), RTT);
    assertThat(control.cwnd()).isEqualTo(window);
    assertThat(control.slowStartThreshold()).isEqualTo(threshold);
    run(control, 1);
    assertThat(control.cwnd()).as("no slow start").isLessThanOrEqualTo(window + 2 * SMSS);
    run(control, 5);
    assertThat(control.cwnd()).as("it grows").isBetween(window + SMSS, window + 40 * SMSS);
    control.onSpurious(now);
    assertThat(control.slowStartThreshold()).as("the new control has no reduction to undo").isEqualTo(threshold);
  }

  @ParameterizedTest
  @CsvSource({"cubic,reno", "reno,cubic"})
  void inSlowStartTheNewControlContinuesSlowStart(String first, String second) {
    ExchangeableControl control = begin(first);
    run(control, 1);
    int window = control.cwnd();
    control.exchange(CongestionControl.named(second), RTT);
    run(control, 1);
    assertThat(control.cwnd()).isBetween(window + window / 2, 2 * window);
    assertThat(control.segmentSize()).isEqualTo(SMSS);
  }

  @Test
  void theNewControlTakesThePresentSegmentSize() {
    ExchangeableControl control = begin("reno");
    control.onSegmentSize(500);
    control.exchange(CongestionControl.named("cubic"), RTT);
    assertThat(control.segmentSize()).isEqualTo(500);
    assertThat(control.cwnd()).isEqualTo(5000);
  }
}
