package io.reactorstack.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Cubic;
import io.reactorstack.tcp.congestion.NewReno;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Compares the golden tables with the results of the stack; {@code golden/README.md} explains them. */
@Timeout(600)
class GoldenTest {

  private static final List<CongestionControl.Factory> ALGORITHMS = List.of(NewReno.FACTORY, Cubic.FACTORY);
  private static final int KIB = 1024;
  private static final long TRANSFER = 12_000_000;

  private static final String GOODPUT = """
      Goodput of one flow over a path of 100 Mbit/s with a queue of 1 MiB that loses data segments by chance.
      12 MB, or what arrives in 120 s. Buffer: the sender's and the receiver's.""";
  private static final String FAIRNESS = """
      Flows through one bottleneck of 20 Mbit/s, 40 ms there and back, a queue of 100 kB; measured for 40 s after 10 s.""";
  private static final String BURST = """
      Completion time, with the handshake, of a flow of which a burst of data segments is lost; 50 Mbit/s, 50 ms.
      The burst begins at each segment of the short flow, at each fifteenth of the long one.""";

  private static List<Goodput> cells(double[] losses, int[] rtts, int[] buffers) {
    List<Goodput> cells = new ArrayList<>();
    for (CongestionControl.Factory algorithm : ALGORITHMS) {
      for (double loss : losses) {
        for (int rtt : rtts) {
          for (int buffer : buffers) {
            cells.add(new Goodput(algorithm, loss, rtt, buffer, TRANSFER, 1));
          }
        }
      }
    }
    return cells;
  }

  @Test
  @Tag("long")
  void goodput() {
    new Table("goodput").check(GOODPUT, cells(new double[] {0, 0.001, 0.01, 0.03, 0.1}, new int[] {1, 20, 100, 300},
        new int[] {64 * KIB, 1024 * KIB, 8192 * KIB}).stream().map(Goodput::line).toList());
  }

  @Test
  @Tag("long")
  void fairness() {
    List<String> lines = new ArrayList<>();
    for (CongestionControl.Factory algorithm : ALGORITHMS) {
      for (int flows : new int[] {2, 4, 16}) {
        lines.add(new Fairness(algorithm, flows, Duration.ofSeconds(40), 1).line());
      }
    }
    new Table("fairness").check(FAIRNESS, lines);
  }

  @Test
  @Tag("long")
  void completionUnderBurstLoss() {
    List<String> lines = new ArrayList<>();
    for (CongestionControl.Factory algorithm : ALGORITHMS) {
      for (int bytes : new int[] {14_000, 1_000_000}) {
        for (int burst : new int[] {0, 1, 3, 5, 10, 20}) {
          if (burst > 10 && bytes == 14_000) {
            continue;
          }
          int places = burst == 0 ? Integer.MAX_VALUE / 2 : bytes == 14_000 ? 1 : 15;
          lines.add(new BurstLoss(algorithm, bytes, burst, places, 1).line());
        }
      }
    }
    new Table("completion").check(BURST, lines);
  }

  @Test
  void someCellsOfGoodput() {
    if (!Table.isWriting()) {
      new Table("goodput").check(GOODPUT, cells(new double[] {0, 0.01, 0.1}, new int[] {100}, new int[] {1024 * KIB})
          .stream().map(Goodput::line).toList());
    }
  }

  @Test
  void someCompletions() {
    if (!Table.isWriting()) {
      new Table("completion").check(BURST, List.of(
          new BurstLoss(Cubic.FACTORY, 14_000, 0, Integer.MAX_VALUE / 2, 1).line(),
          new BurstLoss(Cubic.FACTORY, 14_000, 3, 1, 1).line()));
    }
  }

  @Test
  @Requirement({"RFC9438-4.3-01", "RFC9438-4.6-02"})
  void cubicReachesItsResponseFunctionAtOnePercentLossAnd100Milliseconds() {
    double goodput = goodputOfThreeSeeds(Cubic.FACTORY);
    // CUBIC must also exceed the rate that the formula of Mathis gives for Reno.
    assertThat(goodput).isGreaterThan(0.95 * Theory.mathis(0.01, 100));
  }

  @Test
  void renoReachesItsResponseFunctionAtOnePercentLossAnd100Milliseconds() {
    // The formula of Mathis does not count the round trips of recoveries; only a window that grows by acknowledgements
    // during recovery could exceed it.
    assertThat(goodputOfThreeSeeds(NewReno.FACTORY)).isLessThan(Theory.mathis(0.01, 100));
  }

  /**
   * Returns the mean goodput in bit/s, which must be within ten percent of the algorithm's own result without a TCP.
   */
  private static double goodputOfThreeSeeds(CongestionControl.Factory algorithm) {
    double theory = Theory.alone(algorithm, 0.01, 100, 40_000);
    double sum = 0;
    for (int seed = 1; seed <= 3; seed++) {
      sum += new Goodput(algorithm, 0.01, 100, 1024 * KIB, 12_000_000, seed).run().bitsPerSecond();
    }
    assertThat(sum / 3 / theory).as("goodput %.0f, algorithm alone %.0f bit/s", sum / 3, theory).isBetween(0.9, 1.1);
    return sum / 3;
  }

  @Test
  void burstOfTwentyIsRepairedWithoutATimeout() {
    for (int first : new int[] {100, 300, 500}) {
      assertThat(new BurstLoss(Cubic.FACTORY, 1_000_000, 20, 1, 1).timeouts(first)).as("at %d", first).isZero();
    }
  }
}
