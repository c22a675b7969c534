package io.reactorstack.http.fetch;

import io.reactorstack.lab.Impairment;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of the simulated network. */
final class LabOptions {

  private static final Duration MIN_HELD_BACK = Duration.ofMillis(2);

  @Option(names = "--seed", paramLabel = "N", description = "Seed of all random events; the same seed gives the same run, to the byte.")
  private long seed = 1;

  @Option(names = "--delay", paramLabel = "MS", description = "Delay of the client's wire, each way; 10 by default.")
  private int delay = 10;

  @Option(names = "--loss", paramLabel = "PERCENT", description = "Share of frames lost on that wire, each way.")
  private double loss;

  @Option(names = "--reorder", paramLabel = "PERCENT", description = "Share of frames held back on that wire, each way, so that later frames overtake them.")
  private double reorder;

  long seed() {
    return seed;
  }

  boolean areValid() {
    return delay >= 0 && loss >= 0 && loss <= 100 && reorder >= 0 && reorder <= 100;
  }

  Impairment impair(Impairment none) {
    Duration wire = Duration.ofMillis(delay);
    Duration held = wire.dividedBy(4).compareTo(MIN_HELD_BACK) > 0 ? wire.dividedBy(4) : MIN_HELD_BACK;
    return none.delay(wire).loss(loss / 100).reorder(reorder / 100, held);
  }
}
