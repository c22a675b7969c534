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

/** A leader that five hosts elect whose clocks differ, and that is cut off, crashes and stands still. */
@Timeout(600)
@ExtendWith(Quiet.class)
class LeaseElectionTest {

  @BeforeAll
  static void one() {
    Worlds.first(LeaseElection::new);
  }

  @Test
  void aLeaseThatIsUsedUpToItsEndHasTwoLeaders() {
    Worlds.expectFault(4, "always: one leader at most: does not hold",
        lab -> new LeaseElection(lab, Flaw.NO_MARGIN));
  }

  @Test
  void aStoreThatTakesWhatComesTakesWritesOfAFormerLeader() {
    Worlds.expectFault(4, "the store took a write of term 1 after one of term 2",
        lab -> new LeaseElection(lab, Flaw.NO_FENCING));
  }

  @Test
  void oneSeedGivesOneRun() {
    Worlds.expectOneRun(2, LeaseElection::new);
  }

  @LabTest(seeds = 50)
  void withBothThereIsOneLeader(Lab lab) {
    assertThat(new LeaseElection(lab).run()).isEmpty();
  }

  @LabTest(seeds = 950, firstSeed = 51)
  @Tag("long")
  void soThereIsWithManySeeds(Lab lab) {
    assertThat(new LeaseElection(lab).run()).isEmpty();
  }
}
