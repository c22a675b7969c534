package io.reactorstack.neighbor;

import static io.reactorstack.neighbor.NeighborState.DELAY;
import static io.reactorstack.neighbor.NeighborState.FAILED;
import static io.reactorstack.neighbor.NeighborState.INCOMPLETE;
import static io.reactorstack.neighbor.NeighborState.PROBE;
import static io.reactorstack.neighbor.NeighborState.REACHABLE;
import static io.reactorstack.neighbor.NeighborState.STALE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.Requirement;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Tests of each transition between the states of a neighbour (RFC 4861 section 7.3, with ARP's requests and replies in
 * place of solicitations and advertisements).
 */
class UnreachabilityDetectionTest {

  // ---- INCOMPLETE

  @Test
  void aReplyReleasesTheWaitingPacketsInOrder() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.packet(".2", 1).expect("us > all: who-has .2 tell .1").state(".2", INCOMPLETE);
      t.packet(".2", 2).packet(".2", 3).quiet().waiting(3);
      t.at(5).hear("b > us: .2 is-at b");
      t.expect("us > b: packet 1", "us > b: packet 2", "us > b: packet 3");
      t.state(".2", REACHABLE).waiting(0);
      t.packet(".2", 4).expect("us > b: packet 4");
    }
  }

  // RFC 4861 7.2.2: MAX_MULTICAST_SOLICIT requests, RetransTimer apart; then the packets are rejected as undeliverable.
  @Test
  @Requirement("RFC4861-7.2.2-12")
  void threeUnansweredRequestsRejectTheWaitingPackets() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.packet(".2", 1).expect("us > all: who-has .2 tell .1");
      t.packet(".2", 2);
      t.at(1_000).expect("us > all: who-has .2 tell .1");
      t.at(2_000).expect("us > all: who-has .2 tell .1");
      t.at(2_999).state(".2", INCOMPLETE).failed(".2", false);
      t.at(3_000).state(".2", FAILED).failed(".2", true).waiting(0);
      assertThat(t.undeliverable).containsExactly(1, 2);
      t.dropped(NeighborDrop.NEXT_HOP_UNREACHABLE, 2);
    }
  }

  // RFC 4861 7.2.5: the Solicited flag is clear, so the state becomes STALE; packets to a STALE neighbour start DELAY.
  @Test
  void anUnsolicitedClaimDuringResolutionIsUsedAndProbed() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.packet(".2", 1).expect("us > all: who-has .2 tell .1");
      t.hear("b > all: .2 is-at b").expect("us > b: packet 1").state(".2", DELAY);
      t.at(5_000).expect("us > b: who-has .2 tell .1").state(".2", PROBE);
      t.hear("b > us: .2 is-at b").state(".2", REACHABLE);
    }
  }

  // A request from the neighbour proves only that its frames arrive here (RFC 4861 7.3.1).
  @Test
  void aRequestFromANeighborDuringResolutionIsNoConfirmation() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.packet(".2", 1).expect("us > all: who-has .2 tell .1");
      t.hear("b > all: who-has .1 tell .2").expect("us > b: .1 is-at us", "us > b: packet 1").state(".2", DELAY);
    }
  }

  @Test
  void aReplyToTheLastRequestResolvesTheNeighbor() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.packet(".2", 1).expect("us > all: who-has .2 tell .1");
      t.at(1_000).expect("us > all: who-has .2 tell .1");
      t.at(2_000).expect("us > all: who-has .2 tell .1");
      t.at(2_999).hear("b > us: .2 is-at b").expect("us > b: packet 1").state(".2", REACHABLE);
      t.at(20_000).state(".2", REACHABLE).failed(".2", false);
    }
  }

  // ---- FAILED

  // RFC 1122 2.3.2.1: at most one request per second for one address.
  @Test
  @Requirement("RFC4861-7.3.3-07")
  void aFailedNeighborIsNotRequestedAgainWithinASecond() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      silent(t, ".2");
      t.at(3_999).packet(".2", 2).quiet();
      assertThat(t.undeliverable).as("rejected immediately").endsWith(2);
      t.at(4_000).packet(".2", 3).expect("us > all: who-has .2 tell .1").state(".2", INCOMPLETE);
      t.hear("b > us: .2 is-at b").expect("us > b: packet 3").state(".2", REACHABLE).failed(".2", false);
    }
  }

  // RFC 1122 3.3.1.5: while a dead gateway is being requested again, traffic continues over the working one.
  @Test
  void aNeighborCountsAsFailedUntilItAnswersANewRequest() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      silent(t, ".2");
      t.at(10_000).failed(".2", true);
      t.packet(".2", 2).expect("us > all: who-has .2 tell .1").state(".2", INCOMPLETE).failed(".2", true);
      t.hear("b > all: .2 is-at b").expect("us > b: packet 2").failed(".2", false);
    }
  }

  @Test
  void aClaimOfAFailedNeighborMakesItStale() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      silent(t, ".2");
      t.at(3_500).hear("b > all: .2 is-at b").state(".2", STALE).failed(".2", false).known(".2", "b");
      t.packet(".2", 2).expect("us > b: packet 2");
    }
  }

  @Test
  @Requirement("RFC4861-7.3.3-02")
  void aConfirmationDoesNotResolveANeighbor() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.packet(".2", 1).expect("us > all: who-has .2 tell .1").confirm(".2").state(".2", INCOMPLETE);
    }
  }

  // ---- REACHABLE

  @Test
  void aNeighborIsReachableForTheReachableTime() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.at(29_999).state(".2", REACHABLE).packet(".2", 1).expect("us > b: packet 1").state(".2", REACHABLE);
      t.at(30_000).state(".2", STALE);
      t.at(300_000).known(".2", "b");
    }
  }

  // RFC 4861 6.3.2: uniformly distributed between MIN_RANDOM_FACTOR and MAX_RANDOM_FACTOR, so that hosts do not probe
  // in step.
  @Test
  void theReachableTimeVariesFromHalfToOneAndAHalf() {
    long least = Long.MAX_VALUE;
    long most = 0;
    for (int seed = 0; seed < 50; seed++) {
      try (NeighborTimeline t = NeighborTimeline.start(new SplittableRandom(seed))) {
        t.packet(".2", 0).hear("b > us: .2 is-at b").expect("us > all: who-has .2 tell .1", "us > b: packet 0");
        while (t.cache.state(NeighborTimeline.address(".2")) == REACHABLE) {
          t.at(t.nowMillis() + 250);
        }
        least = Math.min(least, t.nowMillis());
        most = Math.max(most, t.nowMillis());
      }
    }
    assertThat(least).isBetween(15_000L, 17_000L);
    assertThat(most).isBetween(43_000L, 45_000L);
  }

  // RFC 4861 6.3.2: the time is drawn again every few hours at the latest; here whenever idle entries are removed.
  @Test
  @Requirement("RFC4861-6.3.4-09")
  void theReachableTimeIsDrawnAgainPeriodically() {
    long[] draws = {Long.MIN_VALUE, 0};
    int[] draw = {0};
    try (NeighborTimeline t = NeighborTimeline.start(() -> draws[draw[0]++])) {
      t.packet(".2", 0).hear("b > us: .2 is-at b").expect("us > all: who-has .2 tell .1", "us > b: packet 0");
      t.at(29_999).state(".2", REACHABLE);
      t.at(600_000).packet(".2", 1).hear("b > us: .2 is-at b")
          .expect("us > all: who-has .2 tell .1", "us > b: packet 1");
      t.at(614_999).state(".2", REACHABLE);
      t.at(615_000).state(".2", STALE);
    }
  }

  // RFC 4861 7.3.1: forward progress is a confirmation and restarts the reachable time.
  @Test
  void aConfirmationKeepsANeighborReachable() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.at(20_000).confirm(".2");
      t.at(49_999).state(".2", REACHABLE);
      t.at(50_000).state(".2", STALE);
    }
  }

  // RFC 1122 3.3.1.4: negative advice from a transport.
  @Test
  void aDoubtedNeighborIsProbedWithTheNextPacket() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.at(1_000).doubt(".2").state(".2", STALE);
      t.packet(".2", 1).expect("us > b: packet 1").state(".2", DELAY);
      t.at(6_000).expect("us > b: who-has .2 tell .1").state(".2", PROBE);
    }
  }

  @Test
  void doubtDoesNotChangeTheTimingOfDelayAndProbe() {
    try (NeighborTimeline t = NeighborTimeline.stale()) {
      t.packet(".2", 1).expect("us > b: packet 1");
      t.at(34_000).doubt(".2").state(".2", DELAY);
      t.at(35_000).expect("us > b: who-has .2 tell .1").doubt(".2").state(".2", PROBE);
      t.at(36_000).expect("us > b: who-has .2 tell .1");
    }
  }

  // RFC 4861 7.2.5: an unsolicited claim of the same MAC address changes nothing.
  @Test
  void aRepeatedClaimDoesNotExtendTheReachableTime() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.at(20_000).hear("b > all: .2 is-at b", "b > us: .2 is-at b").state(".2", REACHABLE);
      t.at(30_000).state(".2", STALE);
      t.hear("b > all: .2 is-at b", "b > us: .2 is-at b").state(".2", STALE);
    }
  }

  // RFC 826: the newer address replaces the older one. RFC 4861 7.2.5, 7.2.3: it is unconfirmed until it has been used.
  @Test
  void aNewLinkAddressIsUsedImmediatelyAndProbed() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.at(1_000).hear("c > all: .2 is-at c").state(".2", STALE).known(".2", "c");
      t.packet(".2", 1).expect("us > c: packet 1").state(".2", DELAY);
      t.at(6_000).expect("us > c: who-has .2 tell .1");
      t.hear("c > us: .2 is-at c").state(".2", REACHABLE);
    }
  }

  // Without an outstanding request, even a unicast reply to the own address is unsolicited.
  @Test
  void anUnsolicitedReplyDoesNotConfirmANeighbor() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.at(1_000).hear("c > us: .2 is-at c").state(".2", STALE);
      t.hear("b > us: .2 is-at b").state(".2", STALE).known(".2", "b");
    }
  }

  // ---- STALE, DELAY and PROBE

  // RFC 4861 7.3.3: the first packet is sent, then the cache waits DELAY_FIRST_PROBE_TIME for a confirmation by a
  // transport, then it sends unicast probes.
  @Test
  @Requirement({"RFC1122-2.3.2.1-01", "RFC4861-7.3.3-06", "RFC8504-5.4-04"})
  void aStaleNeighborInUseFailsAfterThreeProbes() {
    try (NeighborTimeline t = NeighborTimeline.stale()) {
      t.packet(".2", 1).expect("us > b: packet 1").state(".2", DELAY);
      t.at(34_999).packet(".2", 2).expect("us > b: packet 2").state(".2", DELAY);
      t.at(35_000).expect("us > b: who-has .2 tell .1").state(".2", PROBE);
      t.at(36_000).expect("us > b: who-has .2 tell .1");
      t.packet(".2", 3).expect("us > b: packet 3");
      t.at(37_000).expect("us > b: who-has .2 tell .1");
      t.at(37_999).state(".2", PROBE).failed(".2", false);
      t.at(38_000).state(".2", FAILED).failed(".2", true).known(".2", null);
    }
  }

  @Test
  void aStaleNeighborIsNotProbedWithoutPackets() {
    try (NeighborTimeline t = NeighborTimeline.stale()) {
      t.at(120_000).state(".2", STALE);
    }
  }

  // RFC 4861 7.3.3: the entry fails, and the next packet starts address resolution again, by broadcast.
  @Test
  void theNextPacketResolvesANeighborThatMovedSilently() {
    try (NeighborTimeline t = NeighborTimeline.stale()) {
      t.packet(".2", 1).expect("us > b: packet 1");
      t.at(35_000).expect("us > b: who-has .2 tell .1");
      t.at(36_000).expect("us > b: who-has .2 tell .1");
      t.at(37_000).expect("us > b: who-has .2 tell .1");
      t.at(38_000).packet(".2", 2).expect("us > all: who-has .2 tell .1").state(".2", INCOMPLETE);
      t.hear("c > us: .2 is-at c").expect("us > c: packet 2").state(".2", REACHABLE);
      assertThat(t.undeliverable).isEmpty();
    }
  }

  // RFC 4861 7.3.1: a confirmation within the delay makes the probe unnecessary.
  @Test
  void aConfirmationDuringTheDelayAvoidsTheProbe() {
    try (NeighborTimeline t = NeighborTimeline.stale()) {
      t.packet(".2", 1).expect("us > b: packet 1");
      t.at(34_000).confirm(".2").state(".2", REACHABLE);
      t.at(63_999).state(".2", REACHABLE);
      t.at(64_000).state(".2", STALE);
    }
  }

  @Test
  void aConfirmationEndsProbing() {
    try (NeighborTimeline t = NeighborTimeline.stale()) {
      t.packet(".2", 1).expect("us > b: packet 1");
      t.at(35_000).expect("us > b: who-has .2 tell .1").confirm(".2").state(".2", REACHABLE);
      t.at(60_000).state(".2", REACHABLE);
    }
  }

  @Test
  void aReplyToAProbeEndsProbing() {
    try (NeighborTimeline t = NeighborTimeline.stale()) {
      t.packet(".2", 1).expect("us > b: packet 1");
      t.at(35_000).expect("us > b: who-has .2 tell .1");
      t.at(35_500).hear("b > us: .2 is-at b").state(".2", REACHABLE);
      t.at(65_000).state(".2", REACHABLE);
      t.at(65_500).state(".2", STALE);
    }
  }

  // RFC 4861 7.3.1: an unsolicited message proves only the path from the neighbour to this host.
  @Test
  void anUnsolicitedClaimDoesNotEndProbing() {
    try (NeighborTimeline t = NeighborTimeline.stale()) {
      t.packet(".2", 1).expect("us > b: packet 1");
      t.at(35_000).expect("us > b: who-has .2 tell .1");
      t.hear("b > all: .2 is-at b").state(".2", PROBE);
      t.hear("b > all: who-has .1 tell .2").expect("us > b: .1 is-at us").state(".2", PROBE);
      t.at(36_000).expect("us > b: who-has .2 tell .1");
    }
  }

  // The reply to a probe may contain a new MAC address; it is the solicited reply.
  @Test
  void aProbeReplyWithANewLinkAddressConfirmsThatAddress() {
    try (NeighborTimeline t = NeighborTimeline.stale()) {
      t.packet(".2", 1).expect("us > b: packet 1");
      t.at(35_000).expect("us > b: who-has .2 tell .1");
      t.hear("c > us: .2 is-at c").state(".2", REACHABLE).known(".2", "c");
      t.packet(".2", 2).expect("us > c: packet 2");
    }
  }

  @Test
  void anUnsolicitedClaimOfANewLinkAddressStopsTheProbes() {
    try (NeighborTimeline t = NeighborTimeline.stale()) {
      t.packet(".2", 1).expect("us > b: packet 1");
      t.at(35_000).expect("us > b: who-has .2 tell .1");
      t.hear("c > all: .2 is-at c").state(".2", STALE);
      t.at(60_000).state(".2", STALE);
      t.packet(".2", 2).expect("us > c: packet 2").state(".2", DELAY);
    }
  }

  // The number of probes is counted again after each confirmation.
  @Test
  void theNumberOfProbesRestartsAfterAConfirmation() {
    try (NeighborTimeline t = NeighborTimeline.stale()) {
      t.packet(".2", 1).expect("us > b: packet 1");
      t.at(35_000).expect("us > b: who-has .2 tell .1");
      t.at(36_000).expect("us > b: who-has .2 tell .1").hear("b > us: .2 is-at b");
      t.at(66_000).packet(".2", 2).expect("us > b: packet 2");
      t.at(71_000).expect("us > b: who-has .2 tell .1");
      t.at(72_000).expect("us > b: who-has .2 tell .1");
      t.at(73_000).expect("us > b: who-has .2 tell .1");
      t.at(74_000).state(".2", FAILED);
    }
  }

  /** Sends one packet to {@code neighbor}, which does not answer its requests from 0 to 3 s. */
  private static void silent(NeighborTimeline t, String neighbor) {
    for (int second = 0; second < 3; second++) {
      t.at(second * 1_000L);
      if (second == 0) {
        t.packet(neighbor, 1);
      }
      t.expect("us > all: who-has " + neighbor + " tell .1");
    }
    t.at(3_000).state(neighbor, FAILED);
  }
}
