package io.reactorstack.test;

import io.reactorstack.lab.Impairment;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.function.UnaryOperator;

/**
 * The settings of an {@link Internet}. Immutable: each {@code with} method returns a changed copy.
 *
 * @param links the impairment of the links between the routers, in both directions
 * @param lines the impairment of the wires from the homes to their provider, in both directions
 * @param timeToLive the time for which resolvers cache an address, in whole seconds
 */
public record InternetSettings(Impairment links, Impairment lines, Duration timeToLive) {

  /** Links with a delay of 5 ms, lines with one of 2 ms, neither of which loses anything; names live for 60 s. */
  public static final InternetSettings DEFAULT = new InternetSettings(Impairment.none().delay(Duration.ofMillis(5)),
      Impairment.none().delay(Duration.ofMillis(2)), Duration.ofSeconds(60));

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the time to live is not between 0 and 2<sup>31</sup> - 1 s
   */
  public InternetSettings {
    Checks.given("links", links);
    Checks.given("lines", lines);
    Checks.range("timeToLive", timeToLive, Duration.ZERO, Duration.ofSeconds(Integer.MAX_VALUE));
  }

  /** Changes the impairment of the links between the routers. */
  public InternetSettings withLinks(UnaryOperator<Impairment> change) {
    return new InternetSettings(Checks.given("links", Checks.given("links change", change).apply(links)), lines,
        timeToLive);
  }

  /** Changes the impairment of the wires from the homes to their provider. */
  public InternetSettings withLines(UnaryOperator<Impairment> change) {
    return new InternetSettings(links, Checks.given("lines", Checks.given("lines change", change).apply(lines)),
        timeToLive);
  }

  /** Sets the time for which resolvers cache an address, in whole seconds up to 2<sup>31</sup> - 1 s; 0 for no cache. */
  public InternetSettings withTimeToLive(Duration time) {
    return new InternetSettings(links, lines, time);
  }
}
