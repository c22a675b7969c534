package io.reactorstack.neighbor;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.acd.ConflictReaction;
import org.junit.jupiter.api.Test;

/**
 * Tests of the messages that an interface sends about its own addresses: announcements (RFC 5227 sections 2.3 and 2.4)
 * and replies (RFC 826).
 */
class AnnouncementTest {

  private static final String ANNOUNCEMENT = "us > all: who-has .1 tell .1";

  // RFC 5227 2.3: ANNOUNCE_NUM packets, ANNOUNCE_INTERVAL apart.
  @Test
  void anAddressIsAnnouncedTwiceTwoSecondsApart() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.announce(".1").expect(ANNOUNCEMENT);
      t.at(1_999).quiet().at(2_000).expect(ANNOUNCEMENT).at(60_000);
    }
  }

  @Test
  void aNewAnnouncementRestartsTheRepetition() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.announce(".1").expect(ANNOUNCEMENT);
      t.at(1_000).announce(".1").expect(ANNOUNCEMENT).at(3_000).expect(ANNOUNCEMENT).at(60_000);
    }
  }

  @Test
  void aRemovedAddressIsNotAnnouncedAgain() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.announce(".1").expect(ANNOUNCEMENT);
      t.local.own = null;
      t.at(60_000);
    }
  }

  @Test
  void aClosedInterfaceDoesNotRepeatTheAnnouncement() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.announce(".1").expect(ANNOUNCEMENT);
    }
  }

  // RFC 5227 2.4 (c): one announcement in DEFEND_INTERVAL, otherwise two hosts would defend against each other forever.
  @Test
  void anAddressIsDefendedOnceInTenSeconds() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.hear("b > all: who-has .9 tell .1").expect(ANNOUNCEMENT);
      t.at(9_999).hear("b > all: .1 is-at b").quiet();
      t.at(19_999).hear("b > all: .1 is-at b").expect(ANNOUNCEMENT);
      t.dropped(NeighborDrop.ADDRESS_CONFLICT, 3).size(0);
      assertThat(t.conflicts).hasSize(3).containsOnly(NeighborTimeline.address(".1"));
    }
  }

  // RFC 5227 2.4 (a): no defence, and the address is reported as given up once.
  @Test
  void anAddressIsGivenUpAtOnceIfThatIsTheReaction() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.reaction = ConflictReaction.GIVE_UP;
      t.hear("b > all: .1 is-at b", "b > all: .1 is-at b").quiet();
      assertThat(t.conflicts).isNotEmpty();
      assertThat(t.givenUp).containsExactly(NeighborTimeline.address(".1"));
      t.at(60_000).quiet();
    }
  }

  // RFC 5227 2.4 (b): DEFEND_INTERVAL is ten seconds.
  @Test
  void anAddressIsGivenUpAtASecondConflictWithinTenSeconds() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.reaction = ConflictReaction.DEFEND_ONCE;
      t.hear("b > all: .1 is-at b").expect(ANNOUNCEMENT);
      t.at(10_000).hear("b > all: .1 is-at b").expect(ANNOUNCEMENT);
      assertThat(t.givenUp).isEmpty();
      t.at(19_999).hear("b > all: .1 is-at b").quiet();
      assertThat(t.givenUp).hasSize(1);
      assertThat(t.conflicts).hasSize(3);
    }
  }

  // RFC 826: the sender is entered into the cache, and the request is answered.
  @Test
  void aRequestForTheOwnAddressIsAnsweredAndItsSenderCached() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.hear("b > all: who-has .1 tell .2").expect("us > b: .1 is-at us");
      t.state(".2", NeighborState.STALE).known(".2", "b");
    }
  }

  // RFC 5227 2.1.1: a probe is answered, and claims no address.
  @Test
  void aProbeForTheOwnAddressIsAnsweredAndCachesNothing() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.hear("b > all: who-has .1 tell 0.0.0.0").expect("us > b: .1 is-at us").size(0);
    }
  }

  @Test
  void aRequestForAnotherStationIsNotAnswered() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.hear("c > all: who-has .2 tell .3").quiet().size(1);
    }
  }

  // A gratuitous claim creates no entry; it only updates the MAC address of an existing one.
  @Test
  void aFloodOfGratuitousClaimsCreatesNoEntries() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      for (int i = 3; i < 200; i++) {
        t.hear("c > all: ." + i + " is-at c", "c > all: who-has ." + i + " tell ." + i);
      }
      t.size(1).quiet();
    }
  }

  // RFC 5227 2.1.1: a host without an address sends requests with the sender of a probe, which changes no station's
  // cache.
  @Test
  void aHostWithoutAnAddressSendsRequestsWithoutASender() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.local.own = null;
      t.packet(".2", 1).expect("us > all: who-has .2 tell 0.0.0.0");
      t.hear("b > us: .2 is-at b").expect("us > b: packet 1").state(".2", NeighborState.DELAY);
    }
  }
}
