package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.tcp.congestion.AckSample;
import io.reactorstack.tcp.congestion.ByteCounting;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Cubic;
import io.reactorstack.tcp.congestion.HyStart;
import io.reactorstack.tcp.congestion.NewReno;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** Every algorithm of the stack obeys the laws, and the trial detects an algorithm that does not. */
class CongestionTrialTest {

  private static final List<CongestionControl.Factory> ALL = List.of(
      NewReno.FACTORY, Cubic.FACTORY, NewReno.factory(HyStart.FACTORY), NewReno.factory(ByteCounting.TWO_SEGMENTS),
      Cubic.factory(ByteCounting.ONE_SEGMENT));

  @Property(tries = 200, shrinking = ShrinkingMode.OFF)
  @Requirement({"RFC5681-3-01", "RFC5681-3.1-08", "RFC5681-3.1-21"})
  void everyAlgorithmKeepsTheLaws(@ForAll long seed) {
    for (CongestionControl.Factory factory : ALL) {
      CongestionTrial.shake(factory, seed, 60);
    }
  }

  @Test
  void markLowersTheWindowEvenWithMoreInFlight() {
    // This seed has five segments in flight with a window of two, after a timeout was undone.
    for (CongestionControl.Factory factory : ALL) {
      CongestionTrial.shake(factory, 1464065653, 60);
    }
  }

  @Test
  void aPauseMayLowerTheWindowSoThatAShortRoundUsesIt() {
    // With this seed, a pause of 350 s halves a window of four segments, two of which are then sent.
    for (CongestionControl.Factory factory : ALL) {
      CongestionTrial.shake(factory, 5560431289087902662L, 60);
    }
  }

  @Test
  void randomRoundTripIsLongerThanZero() {
    for (CongestionControl.Factory factory : ALL) {
      assertThat(CongestionTrial.shake(factory, -9111698, 60).control().cwnd()).isPositive();
    }
  }

  @Test
  void theSameSeedGivesTheSameWindow() {
    for (CongestionControl.Factory factory : ALL) {
      assertThat(CongestionTrial.shake(factory, 5, 200).control().cwnd())
          .isEqualTo(CongestionTrial.shake(factory, 5, 200).control().cwnd());
    }
  }

  @Test
  void brokenLawsAreNoticed() {
    assertThatThrownBy(() -> new CongestionTrial(broken(Broken.GROWS_UNUSED)).shortRound(1))
        .isInstanceOf(AssertionError.class).hasMessageContaining("not used");
    assertThatThrownBy(() -> new CongestionTrial(broken(Broken.TRIPLES)).round())
        .hasMessageContaining("no more than its bytes");
    assertThatThrownBy(() -> new CongestionTrial(broken(Broken.IGNORES_LOSS)).loss())
        .hasMessageContaining("lowers the threshold");
    assertThatThrownBy(() -> new CongestionTrial(broken(Broken.IGNORES_TIMEOUT)).timeout())
        .hasMessageContaining("one segment");
    assertThatThrownBy(() -> new CongestionTrial(broken(Broken.KEEPS_REDUCTION)).timeout().spurious())
        .hasMessageContaining("undone");
    assertThatThrownBy(() -> CongestionTrial.shake(broken(Broken.TRIPLES), 17, 1000)).hasMessageContaining("seed 17");
  }

  @Test
  void timePassesWithTheRounds() {
    CongestionTrial trial = new CongestionTrial(NewReno.FACTORY).roundTrip(Duration.ofMillis(30)).rounds(10);
    assertThat(trial.now()).isEqualTo(Duration.ofMillis(300));
    assertThat(trial.pause(Duration.ofSeconds(1)).now()).isEqualTo(Duration.ofMillis(1330));
  }

  private enum Broken {
    GROWS_UNUSED, TRIPLES, IGNORES_LOSS, IGNORES_TIMEOUT, KEEPS_REDUCTION
  }

  private static CongestionControl.Factory broken(Broken how) {
    return new CongestionControl.Factory() {
      @Override
      public String name() {
        return "broken";
      }

      @Override
      public CongestionControl create(CongestionControl.Start start) {
        return new BrokenControl(how, start.segmentSize(), start.initialWindow());
      }
    };
  }

  /** Breaks one law and obeys the others. */
  private static final class BrokenControl implements CongestionControl {

    private final Broken how;
    private final int smss;
    private int cwnd;
    private int ssthresh = Integer.MAX_VALUE;
    private int before;

    BrokenControl(Broken how, int smss, int cwnd) {
      this.how = how;
      this.smss = smss;
      this.cwnd = cwnd;
    }

    @Override
    public int cwnd() {
      return cwnd;
    }

    @Override
    public int slowStartThreshold() {
      return ssthresh;
    }

    @Override
    public int segmentSize() {
      return smss;
    }

    @Override
    public void onSent(int bytes, int flightSize, int sndNxt, long now) {}

    @Override
    public long pacingRate() {
      return 0;
    }

    @Override
    public void onAck(AckSample ack) {
      int bytes = ack.mayGrow() ? ack.newlyAcknowledged() : 0;
      cwnd += how == Broken.TRIPLES ? 2 * bytes : how == Broken.GROWS_UNUSED ? bytes : 0;
    }

    @Override
    public void onLoss(int flightSize, long now) {
      if (how != Broken.IGNORES_LOSS) {
        before = cwnd;
        ssthresh = Math.max(flightSize / 2, 2 * smss);
      }
    }

    @Override
    public void onTimeout(int flightSize, boolean repeated, long now) {
      onLoss(flightSize, now);
      cwnd = how == Broken.IGNORES_TIMEOUT ? cwnd : smss;
    }

    @Override
    public void onEcnEcho(int flightSize, long now) {
      onLoss(flightSize, now);
      cwnd = ssthresh;
    }

    @Override
    public void onSpurious(long now) {
      if (how != Broken.KEEPS_REDUCTION) {
        cwnd = Math.max(cwnd, before);
        ssthresh = Integer.MAX_VALUE;
        before = 0;
      }
    }

    @Override
    public void onIdle() {}

    @Override
    public void proposeWindow(int bytes) {
      cwnd = bytes;
    }

    @Override
    public void takeOver(int window, int threshold) {
      cwnd = window;
      ssthresh = threshold;
    }

    @Override
    public void onSegmentSize(int bytes) {}
  }
}
