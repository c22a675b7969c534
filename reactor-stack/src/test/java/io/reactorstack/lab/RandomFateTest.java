package io.reactorstack.lab;

import static java.util.Arrays.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.reactorstack.lab.Impairment.Odds;
import io.reactorstack.lab.Impairment.Reordering;
import io.reactorstack.lab.Impairment.Variation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks random losses, delays and slots against the closed forms of their distributions. Seeds are fixed. */
class RandomFateTest {

  private static final int FRAMES = 200_000;
  private static final long SECOND = 1_000_000_000L;
  private static final long MS = 1_000_000L;

  private static RandomFate chances(long seed) {
    return new RandomFate("w>", new Seeds(seed));
  }

  /** Returns the delays in ms of frames that are so far apart that none waits for another. */
  private static double[] delays(String netem, long seed) {
    RandomFate chances = chances(seed);
    Impairment impairment = Impairment.of(netem);
    return IntStream.range(0, FRAMES)
        .mapToDouble(i -> (chances.due(i, false, i * SECOND, 60, impairment) - i * SECOND) / (double) MS).toArray();
  }

  private static double mean(double[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElseThrow();
  }

  private static double covariance(double[] values, int lag) {
    double mean = mean(values);
    return IntStream.range(lag, values.length).mapToDouble(i -> (values[i] - mean) * (values[i - lag] - mean)).sum()
        / (values.length - lag);
  }

  private static double deviation(double[] values) {
    return Math.sqrt(covariance(values, 0));
  }

  @ParameterizedTest
  // The standard deviation of a uniform distribution over ±j is j/√3.
  @CsvSource({"uniform, 5.7735, 90, 110", "normal, 10, 60, 140", "pareto, 10, 92, 150", "paretonormal, 10, 79, 150"})
  void delaysHaveTheMeanAndDeviationOfTheirDistribution(String name, double deviation, double least, double most) {
    double[] delays = delays("delay 100ms 10ms distribution " + name, 3);
    // Five standard errors.
    assertThat(mean(delays)).isCloseTo(100, within(5 * deviation / Math.sqrt(FRAMES)));
    assertThat(deviation(delays)).isCloseTo(deviation, within(0.15));
    assertThat(stream(delays)).allMatch(delay -> delay >= least && delay <= most);
  }

  @Test
  void aNormalDelayHasTheSharesOfTheNormalDistribution() {
    double[] delays = delays("delay 100ms 10ms distribution normal", 4);
    assertThat(IntStream.range(0, FRAMES).filter(i -> Math.abs(delays[i] - 100) < 10).count() / (double) FRAMES)
        .isCloseTo(0.6827, within(0.005));
    assertThat(IntStream.range(0, FRAMES).filter(i -> Math.abs(delays[i] - 100) < 20).count() / (double) FRAMES)
        .isCloseTo(0.9545, within(0.003));
  }

  @Test
  void aParetoDelayIsMostlyBelowItsMeanAndSometimesFarAbove() {
    double[] delays = delays("delay 100ms 10ms distribution pareto", 5);
    // X = u^(-1/3) is above its mean of about 1.5 with probability 1.5^-3 = 0.296.
    assertThat(IntStream.range(0, FRAMES).filter(i -> delays[i] > 100).count() / (double) FRAMES)
        .isCloseTo(0.305, within(0.015));
    assertThat(stream(delays)).anyMatch(delay -> delay > 140);
  }

  @ParameterizedTest
  @CsvSource({"uniform, 25", "normal, 50", "pareto, 90"})
  void correlationKeepsTheDistributionAndFallsByItsPowers(String name, int percent) {
    double[] delays = delays("delay 100ms 10ms " + percent + "% distribution " + name, 6);
    double c = percent / 100.0;
    double variance = covariance(delays, 0);
    assertThat(mean(delays)).isCloseTo(100, within(0.5));
    assertThat(Math.sqrt(variance)).isCloseTo(name.equals("uniform") ? 5.7735 : 10, within(0.5));
    for (int lag = 1; lag <= 3; lag++) {
      assertThat(covariance(delays, lag) / variance).as("lag %s", lag).isCloseTo(Math.pow(c, lag), within(0.03));
    }
  }

  @Test
  void customTableIsDrawnUniformly() {
    RandomFate chances = chances(7);
    Impairment impairment = Impairment.none().delay(Duration.ofMillis(10))
        .jitter(Duration.ofMillis(2), Distribution.table("steps", -1, 0, 4));
    List<Long> seen = IntStream.range(0, 3000)
        .mapToObj(i -> (chances.due(i, false, i * SECOND, 60, impairment) - i * SECOND) / MS).toList();
    assertThat(seen).containsOnly(8L, 10L, 18L);
    assertThat(seen.stream().filter(ms -> ms == 18).count()).isCloseTo(1000, within(130L));
  }

  @Test
  void noDelayIsNegative() {
    assertThat(stream(delays("delay 1ms 10ms distribution normal", 8))).allMatch(delay -> delay >= 0);
  }

  // ---- loss

  private static boolean[] losses(Loss loss, long seed) {
    RandomFate chances = chances(seed);
    Impairment impairment = Impairment.none().loss(loss);
    boolean[] lost = new boolean[FRAMES];
    for (int i = 0; i < FRAMES; i++) {
      lost[i] = chances.loses(i, impairment);
    }
    return lost;
  }

  private static double share(boolean[] lost) {
    return IntStream.range(0, lost.length).filter(i -> lost[i]).count() / (double) lost.length;
  }

  /** Returns the lengths of the runs of {@code of}. */
  private static double[] runs(boolean[] lost, boolean of) {
    List<Double> lengths = new ArrayList<>();
    int length = 0;
    for (boolean each : lost) {
      if (each == of) {
        length++;
      } else if (length > 0) {
        lengths.add((double) length);
        length = 0;
      }
    }
    return lengths.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @ParameterizedTest
  @CsvSource({"0.02, 0", "0.02, 0.5", "0.3, 0.25", "0.3, 0.9"})
  void randomLossKeepsItsShareAndItsBurstsAreGeometric(double p, double c) {
    boolean[] lost = losses(new Loss.Random(p, c), 11);
    // The variance of the share is that of independent losses times (1 + c) / (1 - c).
    double error = Math.sqrt(p * (1 - p) / FRAMES * (1 + c) / (1 - c));
    assertThat(share(lost)).isCloseTo(p, within(5 * error));
    double mean = 1 / ((1 - c) * (1 - p));
    double[] bursts = runs(lost, true);
    double deviation = Math.sqrt(mean * (mean - 1));
    assertThat(mean(bursts)).isCloseTo(mean, within(5 * Math.max(deviation, 0.1) / Math.sqrt(bursts.length)));
    assertThat(deviation(bursts)).isCloseTo(deviation, within(0.1 * mean));
  }

  @Test
  void gilbertsBurstsLastAsLongAsTheBadStateDoes() {
    Loss.GilbertElliott model = new Loss.GilbertElliott(0.01, 0.1);
    boolean[] lost = losses(model, 12);
    assertThat(model.share()).isCloseTo(0.01 / 0.11, within(1e-12));
    assertThat(share(lost)).isCloseTo(model.share(), within(0.006));
    double[] bursts = runs(lost, true);
    assertThat(mean(bursts)).as("1 / r").isCloseTo(10, within(1.1));
    assertThat(deviation(bursts)).as("√(1 - r) / r").isCloseTo(9.49, within(1.2));
    assertThat(mean(runs(lost, false))).as("1 / p").isCloseTo(100, within(11.0));
  }

  @Test
  void elliottsStatesLoseWithTheirOwnProbabilities() {
    Loss.GilbertElliott model = new Loss.GilbertElliott(0.02, 0.2, 0.7, 0.01);
    assertThat(model.share()).isCloseTo((0.02 * 0.7 + 0.2 * 0.01) / 0.22, within(1e-12));
    boolean[] lost = losses(model, 13);
    assertThat(share(lost)).isCloseTo(model.share(), within(0.006));
    // After a loss the state is bad with probability πB·0.7 / share = 0.875; then it stays bad, or a good state turns
    // bad.
    double bad = 0.02 / 0.22 * 0.7 / model.share();
    double next = bad * (0.8 * 0.7 + 0.2 * 0.01) + (1 - bad) * (0.02 * 0.7 + 0.98 * 0.01);
    long pairs = IntStream.range(1, FRAMES).filter(i -> lost[i] && lost[i - 1]).count();
    assertThat(pairs / (share(lost) * FRAMES)).isCloseTo(next, within(0.02));
  }

  @ParameterizedTest
  @CsvSource({"0.01, 0.2, 0.1, 0.3, 0.005", "0.1, 0.9, 0, 1, 0", "0, 0.5, 0, 1, 0.05", "0.05, 0.3, 0.3, 0.5, 0"})
  void theFourStatesHaveTheirStationaryShare(double p13, double p31, double p32, double p23, double p14) {
    Loss.States model = new Loss.States(p13, p31, p32, p23, p14);
    assertThat(share(losses(model, 14))).isCloseTo(model.share(), within(0.006));
  }

  @Test
  void statesThatAreNeverLeftTakeTheWholeShare() {
    assertThat(new Loss.States(0.1, 0, 0, 1, 0).share()).as("a burst without end").isEqualTo(1);
    assertThat(share(losses(new Loss.States(0.1, 0, 0, 1, 0), 15))).isCloseTo(1, within(0.001));
    assertThat(new Loss.States(0.1, 0.1, 0.1, 0, 0).share()).as("always received after a while").isZero();
    assertThat(share(losses(new Loss.States(0.1, 0.1, 0.1, 0, 0), 15))).isCloseTo(0, within(0.001));
    assertThat(new Loss.States(0.1, 0, 0.2, 0.2, 0).share()).as("always within a burst").isEqualTo(0.5);
    assertThat(Loss.NONE.share()).isZero();
  }

  // ---- duplication, corruption, reordering, slots

  @Test
  void duplicatesAndCorruptionKeepTheirShareUnderCorrelation() {
    RandomFate chances = chances(16);
    Impairment impairment = Impairment.none().duplication(new Odds(0.1, 0.5)).corruption(new Odds(0.2, 0.5));
    long doubled = IntStream.range(0, FRAMES).filter(i -> chances.doubles(i, impairment)).count();
    long[] bits = IntStream.range(0, FRAMES).mapToLong(i -> chances.flips(i, false, 480, impairment))
        .filter(bit -> bit >= 0).toArray();
    assertThat(doubled / (double) FRAMES).isCloseTo(0.1, within(0.006));
    assertThat(bits.length / (double) FRAMES).isCloseTo(0.2, within(0.008));
    assertThat(IntStream.range(0, bits.length).mapToDouble(i -> bits[i]).average().orElseThrow()).as("any bit")
        .isCloseTo(239.5, within(4.0));
  }

  @Test
  void everyFifthFrameOvertakesWithGapFive() {
    RandomFate chances = chances(17);
    Impairment impairment = Impairment.of("delay 10ms reorder 100% gap 5");
    List<Long> delays = IntStream.range(0, 20)
        .mapToObj(i -> (chances.due(i, false, i * SECOND, 60, impairment) - i * SECOND) / MS).toList();
    assertThat(delays).containsExactly(10L, 10L, 10L, 10L, 0L, 10L, 10L, 10L, 10L, 0L, 10L, 10L, 10L, 10L, 0L, 10L, 10L,
        10L, 10L, 0L);
    assertThat(chances.reordered()).isEqualTo(4);
  }

  @Test
  void aQuarterOfTheFramesOvertakes() {
    RandomFate chances = chances(18);
    Impairment impairment = Impairment.of("delay 10ms reorder 25% 50%");
    boolean[] overtakes = new boolean[FRAMES];
    for (int i = 0; i < FRAMES; i++) {
      overtakes[i] = chances.due(i, false, i * SECOND, 60, impairment) == i * SECOND;
    }
    assertThat(share(overtakes)).isCloseTo(0.25, within(0.01));
    assertThat(mean(runs(overtakes, true))).as("1 / ((1 - c) (1 - p))").isCloseTo(2.667, within(0.06));
  }

  @Test
  void slotsGatherFramesAndCloseWhenTheyAreFull() {
    RandomFate chances = chances(19);
    Impairment impairment = Impairment.of("slot 10ms packets 3");
    List<Long> due = IntStream.range(0, 7).mapToObj(i -> chances.due(i, false, i * MS, 60, impairment) / MS).toList();
    assertThat(due).containsExactly(10L, 10L, 10L, 20L, 20L, 20L, 30L);
    assertThat(chances.due(8, false, 100 * MS, 60, impairment)).as("after silence").isEqualTo(110 * MS);
    RandomFate bytes = chances(19);
    Impairment small = Impairment.of("slot 10ms bytes 100");
    assertThat(IntStream.range(0, 4).mapToObj(i -> bytes.due(i, false, i * MS, 60, small) / MS)).containsExactly(10L,
        10L,
        20L, 20L);
  }

  @Test
  void timeBetweenSlotsIsDrawnForEachSlot() {
    RandomFate chances = chances(20);
    Impairment impairment = Impairment.of("slot 2ms 10ms packets 1");
    long[] due = IntStream.range(0, 10_000).mapToLong(i -> chances.due(i, false, 0, 60, impairment)).toArray();
    double[] gaps = IntStream.range(1, due.length).mapToDouble(i -> (due[i] - due[i - 1]) / (double) MS).toArray();
    assertThat(stream(gaps)).allMatch(gap -> gap >= 2 && gap <= 10);
    assertThat(mean(gaps)).isCloseTo(6, within(0.12));
    assertThat(deviation(gaps)).as("8 / √12").isCloseTo(2.309, within(0.06));
  }

  @Test
  void oneKindOfChanceDoesNotChangeAnother() {
    boolean[] alone = losses(new Loss.Random(0.1, 0), 21);
    RandomFate all = chances(21);
    Impairment everything = Impairment.of("delay 10ms 5ms 30% distribution normal loss 10% corrupt 10% 20%"
        + " duplicate 10% 20% reorder 10% 5% gap 2 slot 1ms 2ms");
    for (int i = 0; i < 1000; i++) {
      assertThat(all.loses(i, everything)).as("frame %s", i).isEqualTo(alone[i]);
      all.doubles(i, everything);
      all.due(i, false, i * MS, 60, everything);
      all.flips(i, false, 480, everything);
    }
    RandomFate first = chances(22);
    RandomFate second = chances(22);
    Impairment delay = Impairment.none().variation(new Variation(Duration.ofMillis(5), Distribution.NORMAL, 0));
    Impairment more = delay.reordering(new Reordering(0.5, Duration.ZERO)).loss("gemodel 10%").duplicate(0.5);
    for (int i = 0; i < 1000; i++) {
      second.loses(i, more);
      second.doubles(i, more);
      assertThat(second.due(i, false, i * SECOND, 60, more)).isEqualTo(first.due(i, false, i * SECOND, 60, delay));
    }
  }
}
