package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import io.reactorstack.test.clients.ThreeServices.Flaw;
import io.reactorstack.test.clients.ThreeServices.Settings;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Three services on three networks of an internet, one of whose routers crashes and restarts in each world. */
@Timeout(600)
@ExtendWith(Quiet.class)
class ThreeNetworksTest {

  private static Function<Lab, Scenario> scenario(Settings settings, boolean crashes) {
    return lab -> {
      ThreeServices services = new ThreeServices(lab, settings, new ThreeNetworks(lab, crashes));
      return () -> {
        try (services) {
          return lab.await(services.run());
        }
      };
    };
  }

  @BeforeAll
  static void runOneWorldFirst() {
    Worlds.first(scenario(Settings.mended(), true));
  }

  @LabTest(seeds = 50)
  void noOrderIsLostOrDoneTwice(Lab lab) {
    assertThat(scenario(Settings.mended(), true).apply(lab).run()).isEmpty();
  }

  @LabTest(seeds = 950, firstSeed = 51)
  @Tag("long")
  void noOrderIsLostOrDoneTwiceWithManySeeds(Lab lab) {
    assertThat(scenario(Settings.mended(), true).apply(lab).run()).isEmpty();
  }

  @Test
  void withoutAKeyACrashOfARouterMakesASaleTwice() {
    Settings flawed = Settings.mended().with(Flaw.NO_KEY);
    Worlds.expectFault(1, "partial: 6 of pear sold for 5 orders", scenario(flawed, true));
    assertThat(Worlds.faults(1, scenario(flawed, false))).as("the same world without the crash").isEmpty();
  }

  @Test
  void oneSeedGivesOneRun() {
    Worlds.expectOneRun(1, scenario(Settings.mended(), true));
  }
}
