package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** HTTP/2 with many streams on one connection, through a firewall that forgets the connection. */
@Timeout(600)
@ExtendWith(Quiet.class)
class Http2Test {

  @BeforeAll
  static void runOneWorldFirst() {
    Worlds.first(lab -> new Http2Bursts(lab, true));
  }

  @Test
  void naiveClientRepeatsRequestsOnADeadConnection() {
    Worlds.expectFault(2, "50 of 60 requests answered within PT30S", lab -> new Http2Bursts(lab, false));
  }

  @Test
  void oneSeedGivesOneRun() {
    Worlds.expectOneRun(2, lab -> new Http2Bursts(lab, true));
  }

  @LabTest(seeds = 50)
  void aPoolThatEvictsIdleConnectionsRecovers(Lab lab) {
    assertThat(new Http2Bursts(lab, true).run()).isEmpty();
  }

  @LabTest(seeds = 950, firstSeed = 51)
  @Tag("long")
  void aPoolThatEvictsIdleConnectionsRecoversWithManySeeds(Lab lab) {
    assertThat(new Http2Bursts(lab, true).run()).isEmpty();
  }
}
