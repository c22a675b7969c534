package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.lab.Bottleneck.Framing;
import io.reactorstack.lab.Impairment.Odds;
import io.reactorstack.lab.Impairment.Reordering;
import io.reactorstack.lab.Impairment.Variation;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Impairments in the language of tc-netem(8). */
class NetemTextTest {

  private static final Duration MS_40 = Duration.ofMillis(40);
  private static final Duration MS_10 = Duration.ofMillis(10);

  @Test
  void everyOptionOfNetemBecomesAValue() {
    Impairment all = Impairment.of("limit 1000 delay 40ms 10ms 25% distribution pareto loss gemodel 1% 10% 70% 0.1%"
        + " corrupt 0.1% duplicate 1% 50% reorder 25% 50% gap 5 rate 1mbit 20 48 5 slot 800us 10ms packets 42 bytes 64000");
    assertThat(all.bottleneck()).isEqualTo(new Bottleneck(1_000_000, 256 * 1024, 1000, new Framing(20, 48, 5)));
    assertThat(all.delay()).isEqualTo(MS_40);
    assertThat(all.variation()).isEqualTo(new Variation(MS_10, Distribution.PARETO, 0.25));
    assertThat(all.losses()).isEqualTo(new Loss.GilbertElliott(0.01, 0.1, 0.7, 0.001));
    assertThat(all.corruption()).isEqualTo(new Odds(0.001, 0));
    assertThat(all.duplication()).isEqualTo(new Odds(0.01, 0.5));
    assertThat(all.reordering()).isEqualTo(new Reordering(0.25, Duration.ZERO, 0.5, 5));
    assertThat(all.slots())
        .isEqualTo(Slots.between(Duration.ofNanos(800_000), MS_10).packets(42).bytes(64_000));
  }

  @Test
  void omittedPartsHaveNetemsDefaults() {
    assertThat(Impairment.of("delay 40ms 10ms").variation()).isEqualTo(new Variation(MS_10, Distribution.UNIFORM, 0));
    assertThat(Impairment.of("delay 40ms")).isEqualTo(Impairment.none().delay(MS_40));
    assertThat(Impairment.of("loss gemodel 1%").losses()).isEqualTo(new Loss.GilbertElliott(0.01, 0.99, 1, 0));
    assertThat(Impairment.of("loss state 10%").losses()).isEqualTo(new Loss.States(0.1, 0.9, 0, 1, 0));
    assertThat(Impairment.of("loss random 2% 30%").losses()).isEqualTo(new Loss.Random(0.02, 0.3));
    assertThat(Impairment.of("delay 1s reorder 5%").reordering())
        .isEqualTo(new Reordering(0.05, Duration.ZERO, 0, 1));
    assertThat(Impairment.of("slot distribution normal 2ms 1ms").slots())
        .isEqualTo(new Slots(Duration.ofMillis(2), Duration.ofMillis(1), Distribution.NORMAL, 0, 0));
    assertThat(Impairment.of("slot 2ms bytes 3 packets 4").slots())
        .isEqualTo(new Slots(Duration.ofMillis(2), Duration.ZERO, Distribution.ADDED, 4, 3));
    assertThat(Impairment.of("none")).isEqualTo(Impairment.none());
  }

  @ParameterizedTest
  @CsvSource({"1500, 1500", "8bit, 8", "10kbit, 10000", "1Mbit, 1000000", "2gbit, 2000000000", "1tbit, 1000000000000",
      "1kibit, 1024", "1.5mbit, 1500000", "1kbps, 8000", "100bps, 800", "1mibps, 8388608"})
  void ratesHaveTheUnitsOfTc(String text, long bits) {
    assertThat(Impairment.of("rate " + text).bitsPerSecond()).isEqualTo(bits);
  }

  @ParameterizedTest
  @CsvSource({"1s, 1000000000", "1.5sec, 1500000000", "2ms, 2000000", "2msecs, 2000000", "7us, 7000", "7usec, 7000",
      "9ns, 9", "0, 0"})
  void timesHaveTheUnitsOfTc(String text, long nanos) {
    assertThat(Impairment.of("delay " + text).delay().toNanos()).isEqualTo(nanos);
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "none",
      "delay 40ms",
      "delay 40ms 10ms 25% distribution normal",
      "delay 1s 1500us",
      "loss 0.5%",
      "loss 0.5% 25%",
      "loss gemodel 1% 10% 100% 0%",
      "loss state 1% 90% 5% 50% 0.1%",
      "limit 10 delay 1ms reorder 25% 50% gap 5 rate 10mbit queue 3000",
      "corrupt 0.1% 3% duplicate 2%",
      "reorder 5% by 3ms",
      "rate 999bit 14 0 0",
      "slot 800us 10ms packets 42",
      "slot distribution pareto 5ms 2ms bytes 64000"})
  void textIsWrittenAsItWasParsed(String text) {
    assertThat(Impairment.of(text)).hasToString(text);
    assertThat(Impairment.of(Impairment.of(text).toString())).isEqualTo(Impairment.of(text));
  }

  @Test
  void eachPartCanBeSetAlone() {
    Impairment parts = Impairment.none().rate(5_000_000).delay("40ms 10ms distribution pareto").loss("gemodel 1% 10%")
        .corrupt("1% 2%").duplicate("3%").reorder("25% gap 4").slot("1ms");
    assertThat(parts).hasToString("delay 40ms 10ms distribution pareto loss gemodel 1% 10% 100% 0% corrupt 1% 2%"
        + " duplicate 3% reorder 25% gap 4 rate 5mbit slot 1ms");
    assertThat(parts.rate("2mbit 10").bottleneck().framing()).isEqualTo(new Framing(10, 0, 0));
    assertThat(parts.loss()).isEqualTo(0.01 / 0.11);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "delay 40ms los 1% | 'los' (word 3, column 12) is no option: expected one of limit, delay",
      "delay 40 | '40' (word 2, column 7) is no delay: expected a number with s, ms, us or ns, such as 40ms",
      "delay 40ms  10xs | '10xs' (word 3, column 13) is no jitter",
      "delay 400d | '400d' (word 2, column 7) is no delay",
      "delay 9999999999s | '9999999999s' (word 2, column 7) is out of range: a delay is 0 s to 365 d",
      "delay 40ms 10ms distribution gauss | 'gauss' (word 5, column 30) is no distribution: expected uniform, normal",
      "delay 40ms distribution normal | 'distribution' (word 3, column 12) needs a jitter before it",
      "delay | the text ends after word 1 where a delay is missing: expected a number with s",
      "delay 1ms 1ms 1% distribution | the text ends after word 5 where a distribution is missing: expected uniform",
      "loss | the text ends after word 1 where a loss is missing: expected per cent, such as 0.5%",
      "loss 101% | '101%' (word 2, column 6) is out of range: a loss is 0% to 100%",
      "loss -1% | '-1%' (word 2, column 6) is out of range",
      "loss 0.02 | '0.02' (word 2, column 6) is ambiguous: say 0.02% or 2%",
      "loss 2ms | '2ms' (word 2, column 6) is no loss",
      "loss 1% ecn | 'ecn' (word 3, column 9) is no option",
      "loss state 60% 40% 70% | '70%' (word 5, column 20) does not fit: loss state p31 + p32 1.1",
      "loss 1% 2% 3% | '3%' (word 4, column 12) is no option",
      "delay 1ms delay 2ms | 'delay' (word 3, column 11) is repeated",
      "reorder 25% | reorder lets frames overtake delayed ones, but no delay is set",
      "delay 1ms reorder 25% gap 0 | '0' (word 6, column 27) is no gap: expected 1 or more frames",
      "rate 10mbyte | '10mbyte' (word 2, column 6) is no rate: expected a number with bit, kbit",
      "rate 10xbit | '10xbit' (word 2, column 6) is no rate",
      "rate 2tbit | '2tbit' (word 2, column 6) is out of range: a rate is 0bit to 1tbit",
      "rate 1mbit 1.5 | '1.5' (word 3, column 12) is no packet overhead: expected a whole number",
      "limit -1 | '-1' (word 2, column 7) is no limit: expected a whole number, 0 or more",
      "limit many | 'many' (word 2, column 7) is no limit: expected a whole number, 0 or more",
      "slot 10ms 1ms | '1ms' (word 3, column 11) does not fit: slots between most 1 ms is out of range: 10 ms to 365 d",
      "none loss 1% | 'none' (word 1, column 1) is no option"})
  void anErrorNamesTheWordAndItsPlace(String text, String message) {
    assertThatThrownBy(() -> Impairment.of(text)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("netem '" + text + "': ").hasMessageContaining(message);
  }

  @Test
  void partRejectsOtherOptions() {
    assertThatThrownBy(() -> Impairment.none().delay("40ms loss 1%")).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("delay '40ms loss 1%': 'loss' (word 2, column 6) is unexpected");
    assertThatThrownBy(() -> Impairment.none().loss("gemodel")).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("loss 'gemodel': the text ends after word 1 where a p is missing: expected per cent, such as 0.5%");
  }

  @Test
  void wireAcceptsNetemText() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w", w -> w.rate(1000));
      wire.impair("delay 40ms");
      assertThat(wire.impairmentToRight()).as("options that are not named no longer apply").hasToString("delay 40ms");
      wire.impair("loss 1%", "delay 7ms");
      assertThat(wire.impairmentToRight()).hasToString("loss 1%");
      assertThat(wire.impairmentToLeft()).hasToString("delay 7ms");
      try (Scope storm = wire.impaired(w -> w.loss(1))) {
        assertThat(wire.impairmentToLeft()).hasToString("delay 7ms loss 100%");
        assertThat(storm).isNotNull();
      }
      assertThat(wire.impairmentToRight()).hasToString("loss 1%");
      assertThat(wire.impairmentToLeft()).hasToString("delay 7ms");
      assertThatThrownBy(() -> wire.impair("loss 1%", "delay 7")).hasMessageContaining("'7' (word 2, column 7)");
      assertThat(wire.impairmentToRight()).as("an error changes nothing").hasToString("loss 1%");
    }
  }
}
