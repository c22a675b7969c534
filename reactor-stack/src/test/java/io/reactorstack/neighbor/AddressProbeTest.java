package io.reactorstack.neighbor;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** The probe of an address before its use (RFC 5227 section 2.1). */
class AddressProbeTest {

  private static final String PROBE = "us > all: who-has .7 tell 0.0.0.0";

  private final List<String> results = new ArrayList<>();

  /** Draws the least value of each range. */
  private static final class Least implements RandomGenerator {
    @Override
    public long nextLong() {
      throw new AssertionError("no range");
    }

    @Override
    public long nextLong(long bound) {
      return 0;
    }

    @Override
    public long nextLong(long origin, long bound) {
      return origin;
    }
  }

  private AddressProbe probe(NeighborTimeline link, RandomGenerator random) {
    AddressProbe probe = link.arp.probe((Ipv4Address) NeighborTimeline.address(".7"), random,
        (address, isFree) -> results.add(address + (isFree ? " free" : " used")));
    link.settle();
    return probe;
  }

  @Test
  @Requirement({"RFC5227-2.1.1-02", "RFC5227-2.1.1-04", "RFC5227-2.1.1-05"})
  void anAddressThatNobodyUsesIsFree() {
    try (NeighborTimeline link = NeighborTimeline.start()) {
      probe(link, new Least());
      link.expect(PROBE).at(1000).expect(PROBE).at(2000).expect(PROBE).at(3999);
      assertThat(results).isEmpty();
      link.at(4000).quiet();
      assertThat(results).containsExactly("10.0.0.7 free");
    }
  }

  @Test
  void theTimesOfTheProbesVary() {
    for (int seed = 0; seed < 100; seed++) {
      try (NeighborTimeline link = NeighborTimeline.start()) {
        long before = link.loop.now();
        probe(link, new Random(seed));
        assertThat(link.loop.deadline() - before).isBetween(0L, 1_000_000_000L);
        link.loop.advance(Duration.ofSeconds(7));
        link.settle().expect(PROBE, PROBE, PROBE);
      }
    }
    assertThat(results).hasSize(100).containsOnly("10.0.0.7 free");
  }

  @Test
  @Requirement({"RFC5227-2.1.1-06"})
  void aReplyOrAnyOtherPacketOfTheUserEndsTheProbe() {
    for (String packet : new String[] {"b > us: .7 is-at b", "b > all: who-has .9 tell .7",
        "b > all: who-has .7 tell .7"}) {
      try (NeighborTimeline link = NeighborTimeline.start()) {
        results.clear();
        probe(link, new Least());
        link.expect(PROBE).hear(packet).settle();
        assertThat(results).as(packet).containsExactly("10.0.0.7 used");
        link.hear(packet).at(10_000).quiet();
        assertThat(results).hasSize(1);
      }
    }
  }

  @Test
  @Requirement({"RFC5227-2.1.1-07"})
  void anotherProbeOfTheSameAddressEndsIt() {
    try (NeighborTimeline link = NeighborTimeline.start()) {
      probe(link, new Least());
      link.expect(PROBE).hear("b > all: who-has .8 tell 0.0.0.0", "b > all: who-has .7 tell .9").settle();
      assertThat(results).isEmpty();
      link.hear("b > all: who-has .7 tell 0.0.0.0").settle();
      assertThat(results).containsExactly("10.0.0.7 used");
    }
  }

  @Test
  void aCancelledProbeHasNoResult() {
    try (NeighborTimeline link = NeighborTimeline.start()) {
      AddressProbe probe = probe(link, new Least());
      link.expect(PROBE).hearWithoutTurn("b > us: .7 is-at b");
      probe.cancel();
      link.settle().at(10_000).quiet();
      probe(link, new Least());
      link.expect(PROBE);
    }
    assertThat(results).isEmpty();
  }
}
