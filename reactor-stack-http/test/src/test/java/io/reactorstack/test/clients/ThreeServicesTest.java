package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import io.reactorstack.test.clients.ThreeServices.Flaw;
import io.reactorstack.test.clients.ThreeServices.Settings;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A chain of services with a cache, where sales may be repeated without a key, and the last answer may fill the cache.
 */
@Timeout(600)
@ExtendWith(Quiet.class)
class ThreeServicesTest {

  private static Function<Lab, Scenario> scenario(Settings settings) {
    return lab -> {
      ThreeServices services = new ThreeServices(lab, settings);
      return () -> {
        try (services) {
          return lab.await(services.run());
        }
      };
    };
  }

  @BeforeAll
  static void runOneWorldFirst() {
    Worlds.first(scenario(Settings.mended().blockingHandlers()));
  }

  @Test
  void aSaleRepeatedWithoutAKeyIsDoneTwice() {
    Worlds.expectFault(2, "partial: 6 of apple sold for 5 orders", scenario(Settings.mended().with(Flaw.NO_KEY)));
  }

  @Test
  void aCacheFilledByTheLastAnswerIsStale() {
    Worlds.expectFault(1, "stale: pear shows 0 sold after sale 1 was confirmed",
        scenario(Settings.mended().with(Flaw.LAST_ANSWER_WINS)));
  }

  @LabTest(seeds = 50)
  void mendedServicesAreCorrect(Lab lab) {
    assertThat(scenario(Settings.mended()).apply(lab).run()).isEmpty();
  }

  @LabTest(seeds = 50)
  void mendedBlockingServicesAreCorrect(Lab lab) {
    assertThat(scenario(Settings.mended().blockingHandlers()).apply(lab).run()).isEmpty();
  }

  @Test
  void oneSeedGivesOneRun() {
    Settings naive = Settings.mended().with(Flaw.values());
    for (Settings settings : List.of(naive, naive.blockingHandlers())) {
      Worlds.expectOneRun(1, scenario(settings));
    }
  }

  @LabTest(seeds = 950, firstSeed = 51)
  @Tag("long")
  void mendedServicesAreCorrectWithManySeeds(Lab lab) {
    assertThat(scenario(Settings.mended()).apply(lab).run()).isEmpty();
  }

  @LabTest(seeds = 950, firstSeed = 51)
  @Tag("long")
  void mendedBlockingServicesAreCorrectWithManySeeds(Lab lab) {
    assertThat(scenario(Settings.mended().blockingHandlers()).apply(lab).run()).isEmpty();
  }
}
