package io.reactorstack.benchmarks.suite;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gives contestants their turns: a warm-up of each, then rounds of one window each, in an order that alternates. */
public final class Windows {

  /** The warm-up alternates too, in parts: the compiler sees all contestants before it decides. */
  private static final int WARM_UP_PARTS = 2;

  private Windows() {}

  /**
   * Runs the contestants and closes them, also after a failure.
   *
   * @throws Exception the failure of a contestant
   */
  public static void run(Plan plan, List<? extends Contestant> contestants, Results results) throws Exception {
    try {
      measure(plan, contestants, results);
    } finally {
      contestants.forEach(Contestant::close);
    }
  }

  private static void measure(Plan plan, List<? extends Contestant> contestants, Results results) throws Exception {
    Duration part = plan.warmUp().dividedBy(WARM_UP_PARTS);
    for (int i = 0; i < WARM_UP_PARTS && part.isPositive(); i++) {
      for (Contestant contestant : contestants) {
        contestant.run(part);
      }
    }
    Map<Contestant, Profile> profiles = new LinkedHashMap<>();
    for (int round = 0; round < plan.windows(); round++) {
      for (Contestant contestant : round % 2 == 0 ? contestants : contestants.reversed()) {
        Map<Quantity, Double> values = plan.profile() && contestant.role() == Contestant.Role.SUBJECT
            ? profiles.computeIfAbsent(contestant, subject -> new Profile())
                .during(() -> contestant.run(plan.window()))
            : contestant.run(plan.window());
        values.forEach((quantity, value) -> {
          results.add(contestant.name(), contestant.role(), quantity, value);
          Console.progress(contestant.name(), quantity, value);
        });
      }
    }
    profiles.forEach((subject, profile) -> profile.report(subject.name(), results));
  }
}
