package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.congestion.AckSample;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.model.TcpSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The congestion control is notified of all events, and it alone sets the window and the rate. */
class CongestionSeamTest {

  private static TcpSettings settings(CongestionControl.Factory factory, boolean sack) {
    return Timeline.PLAIN
        .withTimers(timers -> timers.withNoDelay(true))
        .withWire(wire -> wire.withSelectiveAcknowledgment(sack))
        .withRecovery(recovery -> recovery.withTailLossProbe(false))
        .withCongestion(congestion -> congestion.withCongestionControl(factory).withPacing(false));
  }

  private static Timeline established(CongestionControl.Factory factory, boolean sack) {
    return Timeline.established(settings(factory, sack), "mss 1000" + (sack ? ", sackOK" : ""));
  }

  @Test
  void pacingFollowsTheRateOfTheControlEvenIfPacingIsOff() {
    OwnWindowControl.Maker maker = new OwnWindowControl.Maker(20_000, 100_000);
    try (Timeline t = established(maker, false)) {
      assertThat(maker.made()).as("the control before the first data").isNull();
      t.write(10_000);
      assertThat(maker.made().start.srtt()).as("the handshake's round trip")
          .isEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
      for (int i = 0; i < 5; i++) {
        boolean last = i == 4;
        t.at(100 + 20 * i)
            .expect(". " + (1 + 2000 * i) + "(1000)", (last ? "P. " : ". ") + (1001 + 2000 * i) + "(1000)").quiet();
      }
      assertThat(t.info().congestion().pacingRate()).isEqualTo(8 * 100_000);
      maker.made().rate = 1_000_000;
      t.at(250).write(4000).expect(". 10001(1000)", ". 11001(1000)").quiet();
      t.at(252).expect(". 12001(1000)", "P. 13001(1000)").quiet();
    }
  }

  @Test
  void sackRecoveryProposalsDoNotChangeTheControlsWindow() {
    OwnWindowControl.Maker maker = new OwnWindowControl.Maker(8000, 0);
    try (Timeline t = established(maker, true)) {
      t.write(20_000);
      assertThat(t.drop()).isEqualTo(8);
      t.at(200).inject(". 1(0) ack 1 <sack 1001:4001>");
      assertThat(maker.made().losses).isEqualTo(1);
      assertThat(maker.made().proposals).as("proposals of proportional rate reduction").isNotEmpty();
      assertThat(t.info().congestion().cwnd()).isEqualTo(8000);
      // One lost and three delivered segments leave room for four.
      t.expect(". 1(1000)", ". 8001(1000)", ". 9001(1000)", ". 10001(1000)").quiet();
      t.at(300).inject(". 1(0) ack 11001");
      assertThat(t.info().congestion().cwnd()).isEqualTo(8000);
      assertThat(t.drop()).isEqualTo(8);
    }
  }

  @Test
  void newRenoProposalsDoNotChangeTheControlsWindow() {
    OwnWindowControl.Maker maker = new OwnWindowControl.Maker(8000, 0);
    try (Timeline t = established(maker, false)) {
      t.write(20_000);
      assertThat(t.drop()).isEqualTo(8);
      t.at(200).inject(". 1(0) ack 1", ". 1(0) ack 1", ". 1(0) ack 1", ". 1(0) ack 1");
      assertThat(maker.made().losses).isEqualTo(1);
      assertThat(maker.made().proposals).as("no proposal overflows, although the control has no threshold").isNotEmpty()
          .allMatch(window -> window > 0);
      assertThat(t.info().congestion().cwnd()).isEqualTo(8000);
      t.expect(". 1(1000)").quiet();
      t.at(300).inject(". 1(0) ack 8001");
      assertThat(t.info().congestion().cwnd()).isEqualTo(8000);
      assertThat(t.drop()).isEqualTo(8);
    }
  }

  @Test
  void aTimeoutDoesNotChangeTheControlsWindow() {
    OwnWindowControl.Maker maker = new OwnWindowControl.Maker(3000, 0);
    try (Timeline t = established(maker, true)) {
      t.write(3000);
      assertThat(t.drop()).isEqualTo(3);
      t.at(1100);
      assertThat(maker.made().timeouts).isEqualTo(1);
      assertThat(t.info().congestion().cwnd()).isEqualTo(3000);
      t.drop();
    }
  }

  @Test
  void aSampleContainsAcknowledgedSackedAndLostBytes() {
    OwnWindowControl.Maker maker = new OwnWindowControl.Maker(10_000, 0);
    try (Timeline t = established(maker, true)) {
      t.write(10_000);
      assertThat(t.drop()).isEqualTo(10);
      t.at(200).inject(". 1(0) ack 2001");
      t.at(210).inject(". 1(0) ack 2001 <sack 3001:4001>");
      t.at(220).inject(". 1(0) ack 2001 <sack 3001:6001>");
      t.drop();
      t.at(230).inject(". 1(0) ack 6001");
      // Neither data of the peer nor a repeated acknowledgement is evidence about the path.
      t.at(240).inject("P. 1(10) ack 6001");
      t.drop();
      assertThat(maker.made().acks).containsExactly(
          "acked 2000 sacked 0 lost 0 delivered 2000, 8000 in flight of 10000, OPEN, may grow",
          "acked 0 sacked 1000 lost 0 delivered 1000, 7000 in flight of 8000, DISORDER",
          "acked 0 sacked 2000 lost 1000 delivered 2000, 4000 in flight of 7000, RECOVERY",
          "acked 4000 sacked 0 lost 0 delivered 1000, 4000 in flight of 5000, RECOVERY");
    }
  }

  @Test
  void theRateSampleIsCompleteWhenOnAckIsCalled() {
    List<String> rates = new ArrayList<>();
    CongestionControl.Factory factory = listening(ack -> rates.add(String.format(
        "%d in %d ms is %d; rtt %d srtt %d least %d; %d by now, %d and %d in flight when sent%s",
        ack.rateDelivered(), millis(ack.rateInterval()), ack.deliveryRate(), millis(ack.rtt()), millis(ack.srtt()),
        millis(ack.minRtt()), ack.totalDelivered(), ack.deliveredWhenSent(), ack.inFlightWhenSent(),
        ack.isApplicationLimited() ? ", limited" : "")));
    try (Timeline t = established(factory, true)) {
      t.write(13_000);
      assertThat(t.drop()).isEqualTo(10);
      t.at(200).inject(". 1(0) ack 1001").drop();
      t.at(210).inject(". 1(0) ack 10001").drop();
      t.at(300).inject(". 1(0) ack 11001");
      t.at(310).inject(". 1(0) ack 13001");
      assertThat(rates).as("the first flight follows idle time").containsExactly(
          "1000 in 100 ms is 10000; rtt 100 srtt 100 least 100; 1000 by now, 0 and 1000 in flight when sent, limited",
          "10000 in 110 ms is 90909; rtt 110 srtt 100 least 100; 10000 by now, 0 and 10000 in flight when sent, limited",
          "10000 in 100 ms is 100000; rtt 100 srtt 100 least 100; 11000 by now, 1000 and 10000 in flight when sent",
          "3000 in 110 ms is 27272; rtt 100 srtt 100 least 100; 13000 by now, 10000 and 3000 in flight when sent");
    }
  }

  // draft-ietf-ccwg-bbr 4.1.2.3: an interval shorter than the minimum round trip has not measured the path.
  @Test
  void aSampleShorterThanTheMinimumRoundTripGivesNoRate() {
    List<String> rates = new ArrayList<>();
    CongestionControl.Factory factory = listening(1000,
        ack -> rates.add(ack.deliveryRate() + " in " + millis(ack.rateInterval()) + " of " + ack.delivered()));
    try (Timeline t = established(factory, true)) {
      // The window is ten segments until the first acknowledgement, then one.
      t.write(4000);
      assertThat(t.drop()).isEqualTo(4);
      t.at(200).inject(". 1(0) ack 1 <sack 2001:4001>");
      // Both originals arrive after all, each just after its retransmission.
      t.at(225).expect(". 1(1000)").quiet();
      t.at(230).inject(". 1(0) ack 1001 <sack 2001:4001>").expect(". 1001(1000)").quiet();
      t.at(240).inject(". 1(0) ack 4001");
      assertThat(rates).containsExactly("20000 in 100 of 2000", "8000 in 125 of 1000", "0 in 0 of 1000");
    }
  }

  @Test
  void lossesSinceASegmentWasSentAreCounted() {
    List<String> losses = new ArrayList<>();
    CongestionControl.Factory factory = listening(
        ack -> losses.add(ack.lostSinceSent() + " of " + ack.totalLost() + " " + ack.state()));
    try (Timeline t = established(factory, true)) {
      t.write(10_000);
      assertThat(t.drop()).isEqualTo(10);
      t.at(200).inject(". 1(0) ack 1 <sack 2001:6001>").drop();
      t.at(300).inject(". 1(0) ack 10001").write(1000).drop();
      t.at(400).inject(". 1(0) ack 11001");
      assertThat(losses).containsExactly(
          "2000 of 2000 " + CongestionState.RECOVERY, "0 of 2000 " + CongestionState.OPEN,
          "0 of 2000 " + CongestionState.OPEN);
    }
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  private static CongestionControl.Factory listening(Consumer<AckSample> listener) {
    return listening(10_000, listener);
  }

  /** Creates controls with a window of ten segments, and of {@code later} bytes from the first acknowledgement on. */
  private static CongestionControl.Factory listening(int later, Consumer<AckSample> listener) {
    return new OwnWindowControl.Maker(10_000, 0) {
      @Override
      public CongestionControl create(CongestionControl.Start start) {
        return new OwnWindowControl(start, 10_000, 0) {
          @Override
          public void onAck(AckSample ack) {
            window = later;
            listener.accept(ack);
          }
        };
      }
    };
  }
}
