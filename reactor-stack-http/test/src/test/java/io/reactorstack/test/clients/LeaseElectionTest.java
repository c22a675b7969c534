package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import io.reactorstack.test.clients.LeaseElection.Flaw;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Five hosts with different clocks elect a leader, which is cut off, crashes and is paused. */
@Timeout(600)
@ExtendWith(Quiet.class)
class LeaseElectionTest {

  @BeforeAll
  static void runOneWorldFirst() {
    Worlds.first(LeaseElection::new);
  }

  @Test
  void aLeaseWithoutMarginHasTwoLeaders() {
    Worlds.expectFault(4, "always: one leader at most: does not hold",
        lab -> new LeaseElection(lab, Flaw.NO_MARGIN));
  }

  @Test
  void aStoreWithoutFencingAcceptsWritesOfAFormerLeader() {
    Worlds.expectFault(4, "the store took a write of term 1 after one of term 2",
        lab -> new LeaseElection(lab, Flaw.NO_FENCING));
  }

  @Test
  void oneSeedGivesOneRun() {
    Worlds.expectOneRun(2, LeaseElection::new);
  }

  @LabTest(seeds = 50)
  void withMarginAndFencingThereIsOneLeader(Lab lab) {
    assertThat(new LeaseElection(lab).run()).isEmpty();
  }

  @LabTest(seeds = 950, firstSeed = 51)
  @Tag("long")
  void withMarginAndFencingThereIsOneLeaderWithManySeeds(Lab lab) {
    assertThat(new LeaseElection(lab).run()).isEmpty();
  }
}
