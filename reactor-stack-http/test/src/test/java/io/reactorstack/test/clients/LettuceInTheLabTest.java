package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Lettuce, which repeats commands on a new connection, and a Redis server that loses its power. */
@Timeout(600)
@ExtendWith(Quiet.class)
class LettuceInTheLabTest {

  @BeforeAll
  static void runOneWorldFirst() {
    Worlds.first(lab -> new LettuceClicks(lab, true));
  }

  @Test
  void aRepeatedCommandCountsTwice() {
    Worlds.expectFault(4, "40 clicks were counted as 41", lab -> new LettuceClicks(lab, false));
  }

  @Test
  void oneSeedGivesOneRun() {
    Worlds.expectOneRun(2, lab -> new LettuceClicks(lab, true));
  }

  @LabTest(seeds = 50)
  void anIdempotentCommandCountsOnce(Lab lab) {
    assertThat(new LettuceClicks(lab, true).run()).isEmpty();
  }

  @LabTest(seeds = 950, firstSeed = 51)
  @Tag("long")
  void anIdempotentCommandCountsOnceWithManySeeds(Lab lab) {
    assertThat(new LettuceClicks(lab, true).run()).isEmpty();
  }
}
