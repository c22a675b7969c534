package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Callers of gRPC with deadlines, and a server that goes on with work that nobody waits for. */
@Timeout(600)
@ExtendWith(Quiet.class)
class GrpcStormTest {

  @BeforeAll
  static void one() {
    Worlds.first(lab -> new GrpcStorm(lab, true));
  }

  @Test
  void aServerThatWorksForCallersThatHaveGivenUpDoesNotRecoverFromACut() {
    Worlds.expectFault(0, "44 of 80 calls answered within 20 s", lab -> new GrpcStorm(lab, false));
  }

  @LabTest(seeds = 50)
  void oneThatLeavesThemOutRecovers(Lab lab) {
    assertThat(new GrpcStorm(lab, true).run()).isEmpty();
  }

  @Test
  void oneSeedGivesOneRun() {
    Worlds.expectOneRun(3, lab -> new GrpcStorm(lab, false));
  }

  @LabTest(seeds = 950, firstSeed = 51)
  @Tag("long")
  void soDoesOneWithManySeeds(Lab lab) {
    assertThat(new GrpcStorm(lab, true).run()).isEmpty();
  }
}
