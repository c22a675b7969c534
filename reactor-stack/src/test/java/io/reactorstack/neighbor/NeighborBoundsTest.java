package io.reactorstack.neighbor;

import static io.reactorstack.neighbor.NeighborState.DELAY;
import static io.reactorstack.neighbor.NeighborState.INCOMPLETE;
import static io.reactorstack.neighbor.NeighborState.PROBE;
import static io.reactorstack.neighbor.NeighborState.REACHABLE;
import static io.reactorstack.neighbor.NeighborState.STALE;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.EtherType;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests of the bounds of the neighbour cache: which waiting packets and which entries it keeps when it is full. */
class NeighborBoundsTest {

  private static final NeighborSettings DEFAULT = NeighborSettings.DEFAULT;

  // ---- waiting packets

  // RFC 1122 2.3.2.2: the latest packet is the one to save.
  @Test
  @Requirement({"RFC1122-2.3.2.2-01", "RFC4861-7.2.2-07", "RFC4861-7.2.2-08"})
  void theLatestPacketDisplacesTheOldest() {
    try (NeighborTimeline t = NeighborTimeline.start(bounds(8, 3, 100))) {
      t.packet(".2", 1).expect("us > all: who-has .2 tell .1");
      t.packet(".2", 2).packet(".2", 3).packet(".2", 4).packet(".2", 5).waiting(3);
      t.dropped(NeighborDrop.WAITING_QUEUE_FULL, 2);
      t.hear("b > us: .2 is-at b").expect("us > b: packet 3", "us > b: packet 4", "us > b: packet 5");
    }
  }

  // RFC 1122 2.3.2.2: at least one packet to *each* address is kept, even if packets to other addresses reach the total
  // bound.
  @Test
  @Requirement({"RFC1122-2.3.2.2-01", "RFC4861-7.2.2-06"})
  void keepsTheLatestPacketToEachNeighborWhenTheTotalIsFull() {
    try (NeighborTimeline t = NeighborTimeline.start(bounds(8, 3, 5))) {
      for (int mark = 1; mark <= 3; mark++) {
        t.packet(".3", 10 + mark).packet(".2", mark);
      }
      t.expect("us > all: who-has .3 tell .1", "us > all: who-has .2 tell .1");
      t.waiting(5).dropped(NeighborDrop.WAITING_QUEUE_FULL, 1);
      t.packet(".4", 40).packet(".4", 41).waiting(5).dropped(NeighborDrop.WAITING_QUEUE_FULL, 3);
      t.expect("us > all: who-has .4 tell .1");
      t.hear("d > us: .4 is-at d").expect("us > d: packet 41");
      t.hear("c > us: .3 is-at c").expect("us > c: packet 12", "us > c: packet 13");
      t.hear("b > us: .2 is-at b").expect("us > b: packet 2", "us > b: packet 3");
    }
  }

  // The packet to drop comes from the neighbour with the most waiting packets, not from one with a single packet.
  @Test
  void dropsFromTheLongestQueueWhenTheTotalIsFull() {
    try (NeighborTimeline t = NeighborTimeline.start(bounds(8, 3, 4))) {
      t.packet(".2", 1).packet(".3", 1).packet(".3", 2).packet(".3", 3).packet(".4", 1).waiting(4);
      t.expect("us > all: who-has .2 tell .1", "us > all: who-has .3 tell .1", "us > all: who-has .4 tell .1");
      t.hear("b > us: .2 is-at b").expect("us > b: packet 1");
      t.hear("c > us: .3 is-at c").expect("us > c: packet 2", "us > c: packet 3");
    }
  }

  @Test
  void aReplyFreesSpaceForOtherNeighbors() {
    try (NeighborTimeline t = NeighborTimeline.start(bounds(8, 3, 3))) {
      t.packet(".2", 1).packet(".2", 2).packet(".2", 3).hear("b > us: .2 is-at b").waiting(0);
      t.packet(".3", 4).packet(".3", 5).packet(".3", 6).waiting(3).dropped(NeighborDrop.WAITING_QUEUE_FULL, 0);
      t.expect(
          "us > all: who-has .2 tell .1", "us > b: packet 1", "us > b: packet 2", "us > b: packet 3",
          "us > all: who-has .3 tell .1");
    }
  }

  // The packets that wait for a silent neighbour do not hold up the packets behind them.
  @Test
  void packetsToOtherNeighborsPassWaitingPackets() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.packet(".9", 1).expect("us > all: who-has .9 tell .1");
      t.packet(".2", 2).expect("us > b: packet 2").waiting(1);
    }
  }

  @Test
  void packetsAreReleasedEvenIfTheirOriginatorThrows() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      t.onUndeliverable = mark -> {
        t.undeliverable.add(mark);
        throw new IllegalStateException("a listener's defect");
      };
      t.packet(".2", 1).packet(".2", 2).packet(".2", 3).expect("us > all: who-has .2 tell .1");
      t.at(1_000).expect("us > all: who-has .2 tell .1");
      t.at(2_000).expect("us > all: who-has .2 tell .1");
      t.at(3_000).waiting(0);
      assertThat(t.undeliverable).hasSize(3);
      assertThat(t.allReleased()).isTrue();
    }
  }

  @Test
  void closingDuringRejectionsReleasesTheRemainingPacketsOnce() {
    NeighborTimeline t = failed(".2");
    t.undeliverable.clear();
    t.onUndeliverable = mark -> {
      t.undeliverable.add(mark);
      t.cache.close();
    };
    t.packetWithoutTurn(".2", 2).packetWithoutTurn(".2", 3).packetWithoutTurn(".2", 4).settle();
    assertThat(t.undeliverable).hasSize(1);
    assertThat(t.allReleased()).isTrue();
    t.close();
  }

  @Test
  void packetsToUnresolvableNextHopsAreDroppedAndCounted() {
    try (NeighborTimeline t = NeighborTimeline.start()) {
      for (String hop : List.of("0.0.0.0", "127.0.0.1", ".1", "::1")) {
        t.packet(hop, 1);
      }
      t.quiet().size(0).dropped(NeighborDrop.UNRESOLVABLE, 4);
      assertThat(t.allReleased()).isTrue();
    }
  }

  // ---- entries

  // RFC 6583 7.1: entries in use are kept in preference to entries that received claims created.
  @Test
  void aFloodOfClaimsDoesNotEvictNeighborsInUse() {
    try (NeighborTimeline t = NeighborTimeline.start(bounds(8, 3, 100))) {
      t.packet(".2", 0).hear("b > us: .2 is-at b").expect("us > all: who-has .2 tell .1", "us > b: packet 0");
      t.packet(".3", 0).expect("us > all: who-has .3 tell .1");
      for (int i = 10; i < 60; i++) {
        t.hear("d > all: who-has .1 tell ." + i).expect("us > d: .1 is-at us").size(Math.min(8, i - 7));
      }
      t.state(".2", REACHABLE).state(".3", INCOMPLETE).waiting(1);
      t.dropped(NeighborDrop.ENTRY_REMOVED, 0);
      t.state(".59", STALE).state(".10", null);
    }
  }

  // RFC 6583 7.1, in the sending direction: packets to one unused address after another.
  @Test
  void packetsToManyAddressesDoNotEvictNeighborsInUse() {
    try (NeighborTimeline t = NeighborTimeline.start(bounds(8, 3, 100))) {
      t.packet(".2", 0).hear("b > us: .2 is-at b").expect("us > all: who-has .2 tell .1", "us > b: packet 0");
      for (int i = 10; i < 60; i++) {
        t.packet("." + i, 1).expect("us > all: who-has ." + i + " tell .1");
      }
      t.size(8).state(".2", REACHABLE).state(".59", INCOMPLETE);
      t.waiting(7).dropped(NeighborDrop.ENTRY_REMOVED, 43);
    }
  }

  @Test
  void aFailedNeighborIsEvictedFirst() {
    try (NeighborTimeline t = NeighborTimeline.start(bounds(3, 3, 100))) {
      t.packet(".2", 0).hear("b > us: .2 is-at b").expect("us > all: who-has .2 tell .1", "us > b: packet 0");
      t.packet(".9", 0).expect("us > all: who-has .9 tell .1");
      t.at(1_000).expect("us > all: who-has .9 tell .1");
      t.at(2_000).expect("us > all: who-has .9 tell .1");
      t.at(3_000).packet(".3", 0).expect("us > all: who-has .3 tell .1").size(3);
      t.packet(".4", 0).expect("us > all: who-has .4 tell .1").size(3);
      t.state(".9", null).state(".2", REACHABLE).state(".3", INCOMPLETE).state(".4", INCOMPLETE);
    }
  }

  // If all neighbours are in use, the least recently used one is evicted.
  @Test
  void theLeastRecentlyUsedNeighborIsEvicted() {
    try (NeighborTimeline t = NeighborTimeline.start(bounds(4, 3, 100))) {
      for (int i = 2; i < 6; i++) {
        t.packet("." + i, 0).hear("b > us: ." + i + " is-at b")
            .expect("us > all: who-has ." + i + " tell .1", "us > b: packet 0");
      }
      t.packet(".2", 1).expect("us > b: packet 1");
      t.packet(".6", 0).expect("us > all: who-has .6 tell .1");
      t.state(".3", null).state(".2", REACHABLE).state(".4", REACHABLE).state(".6", INCOMPLETE);
    }
  }

  // Only a few neighbours are being resolved: they are not evicted for another one.
  @Test
  void aNeighborInUseIsEvictedBeforeAFewThatAreBeingResolved() {
    try (NeighborTimeline t = NeighborTimeline.start(bounds(4, 3, 100))) {
      t.packet(".9", 0).expect("us > all: who-has .9 tell .1");
      for (int i = 2; i < 5; i++) {
        t.packet("." + i, 0).hear("b > us: ." + i + " is-at b")
            .expect("us > all: who-has ." + i + " tell .1", "us > b: packet 0");
      }
      t.packet(".6", 0).expect("us > all: who-has .6 tell .1");
      t.state(".2", null).state(".3", REACHABLE).state(".9", INCOMPLETE).state(".6", INCOMPLETE);
      // Two of four neighbours are being resolved: the older of them is evicted.
      t.packet(".7", 0).expect("us > all: who-has .7 tell .1");
      t.state(".9", null).state(".3", REACHABLE).state(".6", INCOMPLETE).state(".7", INCOMPLETE);
    }
  }

  // A neighbour that has not been used for a while is evicted before one with a waiting packet.
  @Test
  void anIdleNeighborIsEvictedBeforeOneThatIsBeingResolved() {
    try (NeighborTimeline t = NeighborTimeline.start(bounds(2, 3, 100))) {
      t.packet(".2", 0).hear("b > us: .2 is-at b").expect("us > all: who-has .2 tell .1", "us > b: packet 0");
      t.at(30_000).packet(".3", 0).expect("us > all: who-has .3 tell .1");
      t.packet(".4", 0).expect("us > all: who-has .4 tell .1");
      t.state(".2", null).state(".3", INCOMPLETE).state(".4", INCOMPLETE).waiting(2);
    }
  }

  @Test
  void anEvictedEntrySendsNoFurtherRequests() {
    try (NeighborTimeline t = NeighborTimeline.start(bounds(1, 3, 100))) {
      t.packet(".2", 0).packet(".3", 0).expect("us > all: who-has .2 tell .1", "us > all: who-has .3 tell .1");
      t.size(1).dropped(NeighborDrop.ENTRY_REMOVED, 1);
      t.at(1_000).expect("us > all: who-has .3 tell .1");
    }
  }

  @Test
  @Requirement("RFC826-Related-01")
  void removesUnusedEntriesAfterTheIdleTime() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.packet(".3", 0).hear("c > us: .3 is-at c").expect("us > all: who-has .3 tell .1", "us > c: packet 0");
      t.at(599_000).packet(".3", 1).confirm(".3").expect("us > c: packet 1").size(2);
      t.at(600_000).state(".2", null).known(".3", "c");
      t.at(1_199_000).known(".3", "c");
      t.at(1_200_000).size(0);
    }
  }

  @Test
  void newNeighborsDoNotDelayTheRemovalOfIdleOnes() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.at(400_000).hear("c > all: who-has .1 tell .3").expect("us > c: .1 is-at us");
      t.at(600_000).state(".2", null).known(".2", null).state(".3", STALE);
    }
  }

  @Test
  void aFailedEntryIsRemovedAfterTheIdleTime() {
    try (NeighborTimeline t = failed(".2")) {
      t.at(1_200_000).size(0).failed(".2", false);
    }
  }

  // An entry that is about to be probed is not removed, however old it is.
  @Test
  void anEntryInDelayIsNotRemoved() {
    try (NeighborTimeline t = NeighborTimeline.start(idle(Duration.ofSeconds(4)))) {
      t.at(1_000).hear("b > all: who-has .1 tell .2").expect("us > b: .1 is-at us");
      t.at(1_100).packet(".2", 1).expect("us > b: packet 1").state(".2", DELAY);
      t.at(5_600).state(".2", DELAY);
      t.at(6_100).expect("us > b: who-has .2 tell .1");
      t.at(7_100).expect("us > b: who-has .2 tell .1");
      t.at(8_100).expect("us > b: who-has .2 tell .1");
      t.at(9_050).state(".2", PROBE);
    }
  }

  // A connection holds on to its neighbour; when the cache has removed it, the connection must look it up again.
  @Test
  void aRemovedNeighborIsNotCurrentAndDropsPackets() {
    try (NeighborTimeline t = NeighborTimeline.start(idle(Duration.ofSeconds(4)))) {
      t.at(1_000).hear("b > all: who-has .1 tell .2").expect("us > b: .1 is-at us");
      Neighbor held = t.cache.of(NeighborTimeline.address(".2"));
      assertThat(held.isCurrent()).isTrue();
      assertThat(t.cache.of(NeighborTimeline.address(".2"))).isSameAs(held);
      t.at(20_000).size(0);
      assertThat(held.isCurrent()).isFalse();
      ByteBuf bytes = Unpooled.buffer(1).writeByte(1);
      assertThat(held.linkAddressFor(
          new LinkPacket(held, EtherType.IPV4, bytes, PacketFacts.LOCAL, Originator.NOBODY))).isNull();
      assertThat(bytes.refCnt()).isZero();
      t.dropped(NeighborDrop.ENTRY_REMOVED, 1);
      held.confirm();
      t.size(0);
      t.packet(".2", 2).expect("us > all: who-has .2 tell .1");
    }
  }

  // ---- explicit removal

  // After the link was down, cached addresses may be wrong. Outstanding requests are repeated immediately.
  @Test
  void neighborsAreResolvedAgainAfterTheLinkWasDown() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.packet(".3", 1).expect("us > all: who-has .3 tell .1");
      t.at(1_000).expect("us > all: who-has .3 tell .1");
      t.at(1_500).relearn().expect("us > all: who-has .3 tell .1").state(".2", null).state(".3", INCOMPLETE);
      t.packet(".2", 2).expect("us > all: who-has .2 tell .1");
      t.at(2_500).expect("us > all: who-has .3 tell .1", "us > all: who-has .2 tell .1");
      t.at(3_500).expect("us > all: who-has .3 tell .1", "us > all: who-has .2 tell .1");
      t.at(4_499).state(".3", INCOMPLETE);
      t.hear("c > us: .3 is-at c").expect("us > c: packet 1");
    }
  }

  @Test
  void noNeighborCountsAsFailedAfterTheLinkWasDown() {
    try (NeighborTimeline t = failed(".2")) {
      t.at(4_000).packet(".2", 2).expect("us > all: who-has .2 tell .1").failed(".2", true);
      t.relearn().expect("us > all: who-has .2 tell .1").failed(".2", false);
    }
  }

  @Test
  void forgettingANeighborDropsItsWaitingPackets() {
    try (NeighborTimeline t = NeighborTimeline.reachable()) {
      t.packet(".3", 1).expect("us > all: who-has .3 tell .1");
      t.cache.forget(NeighborTimeline.address(".3")::equals);
      t.waiting(0).dropped(NeighborDrop.ENTRY_REMOVED, 1).state(".3", null).state(".2", REACHABLE);
      t.at(5_000).size(1);
    }
  }

  @Test
  void aClosedCacheDropsPacketsAndIgnoresClaims() {
    NeighborTimeline t = NeighborTimeline.reachable();
    t.packetWithoutTurn(".3", 1);
    t.close();
    t.quiet().size(0).dropped(NeighborDrop.ENTRY_REMOVED, 1);
    t.announce(".1").hear("b > all: who-has .1 tell .2").quiet().size(0);
    assertThat(t.loop.deadline()).as("no timer").isEqualTo(Long.MAX_VALUE);
  }

  /** Starts with one packet to {@code neighbor}, which did not answer; the time is 3 s. */
  private static NeighborTimeline failed(String neighbor) {
    NeighborTimeline t = NeighborTimeline.start();
    t.packet(neighbor, 1).expect("us > all: who-has " + neighbor + " tell .1");
    t.at(1_000).expect("us > all: who-has " + neighbor + " tell .1");
    t.at(2_000).expect("us > all: who-has " + neighbor + " tell .1");
    t.at(3_000).failed(neighbor, true);
    assertThat(t.undeliverable).containsExactly(1);
    return t;
  }

  private static NeighborSettings bounds(int entries, int waitingPerEntry, int waitingTotal) {
    return new NeighborSettings(DEFAULT.detection(), new NeighborSettings.Keeping(
        DEFAULT.keeping().negativeTime(), DEFAULT.keeping().idleTime(), entries, waitingPerEntry, waitingTotal));
  }

  private static NeighborSettings idle(Duration idleTime) {
    NeighborSettings.Keeping keeping = DEFAULT.keeping();
    return new NeighborSettings(DEFAULT.detection(), new NeighborSettings.Keeping(
        keeping.negativeTime(), idleTime, keeping.entries(), keeping.waitingPerEntry(), keeping.waitingTotal()));
  }
}
