package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** gRPC callers with deadlines, and a server that continues with work for which no caller waits. */
@Timeout(600)
@ExtendWith(Quiet.class)
class GrpcStormTest {

  @BeforeAll
  static void runOneWorldFirst() {
    Worlds.first(lab -> new GrpcStorm(lab, true));
  }

  @Test
  void aServerThatWorksForCallersThatHaveGivenUpDoesNotRecoverFromACut() {
    Worlds.expectFault(0, "44 of 80 calls answered within 20 s", lab -> new GrpcStorm(lab, false));
  }

  @LabTest(seeds = 50)
  void aServerThatSkipsExpiredJobsRecovers(Lab lab) {
    assertThat(new GrpcStorm(lab, true).run()).isEmpty();
  }

  @Test
  void oneSeedGivesOneRun() {
    Worlds.expectOneRun(3, lab -> new GrpcStorm(lab, false));
  }

  @LabTest(seeds = 950, firstSeed = 51)
  @Tag("long")
  void aServerThatSkipsExpiredJobsRecoversWithManySeeds(Lab lab) {
    assertThat(new GrpcStorm(lab, true).run()).isEmpty();
  }
}
