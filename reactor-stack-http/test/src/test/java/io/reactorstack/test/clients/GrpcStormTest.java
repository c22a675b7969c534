package io.reactorstack.test.clients;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callers of gRPC with deadlines, and a server that goes on with work that nobody waits for. */
@Timeout(600)
class GrpcStormTest {

  @Test
  void aServerThatWorksForCallersThatHaveGivenUpDoesNotRecoverFromACut() {
    Worlds.expectFault(0, "44 of 80 calls answered within 20 s", lab -> new GrpcStorm(lab, false));
  }

  @Test
  void oneThatLeavesThemOutRecovers() {
    Worlds.expectNone(Worlds.FEW, lab -> new GrpcStorm(lab, true));
  }

  @Test
  void oneSeedGivesOneRun() {
    Worlds.expectOneRun(3, lab -> new GrpcStorm(lab, false));
  }

  @Test
  @Tag("long")
  void oneThatLeavesThemOutRecoversWithAThousandSeeds() {
    Worlds.expectNone(Worlds.MANY, lab -> new GrpcStorm(lab, true));
  }
}
