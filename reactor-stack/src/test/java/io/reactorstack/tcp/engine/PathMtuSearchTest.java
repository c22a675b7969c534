package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The search for the path MTU (RFC 4821 section 7) in isolation, without a connection. */
class PathMtuSearchTest {

  private static final long WAIT = TimeUnit.MILLISECONDS.toNanos(100);

  private long now = 1_000_000_000;

  private static SegmentSize size(boolean v4, int mtu) {
    return new SegmentSize(v4, mtu, TcpSettings.DEFAULTS);
  }

  private static PathMtuSearch search(SegmentSize size) {
    PathMtuSearch search = new PathMtuSearch(size, 0, size.linkMtu());
    search.begin();
    return search;
  }

  @Test
  @Requirement({"RFC4821-7.1-03", "RFC4821-7.2-01", "RFC4821-7.2-03"})
  void theSearchStartsCautiouslyAndIsBoundedByTheLink() {
    SegmentSize v4 = size(true, 9000);
    PathMtuSearch search = search(v4);
    assertThat(v4.pathMtu()).isEqualTo(1024);
    assertThat(search.low()).isEqualTo(1024);
    assertThat(search.high()).isEqualTo(9000);
    SegmentSize v6 = size(false, 9000);
    search(v6);
    assertThat(v6.pathMtu()).isEqualTo(1280);
    // If the cautious size exceeds the MTU of the link, there is nothing to search for.
    SegmentSize small = size(true, 600);
    search = search(small);
    assertThat(small.pathMtu()).isEqualTo(600);
    assertThat(search.due(now)).isZero();
  }

  @Test
  @Requirement("RFC4821-4-13")
  void eachAddressFamilyHasItsOwnInitialSize() {
    SegmentSize v4 = size(true, 9000);
    search(v4);
    SegmentSize v6 = size(false, 9000);
    search(v6);
    assertThat(v4.pathMtu()).isEqualTo(1024);
    assertThat(v6.pathMtu()).isEqualTo(1280);
  }

  @Test
  @Requirement({"RFC4821-7.2-02", "RFC4821-7.2-04", "RFC4821-4-15"})
  void bothBoundsOfTheSearchCanBeSet() {
    SegmentSize size = size(true, 9000);
    PathMtuSearch search = new PathMtuSearch(size, 1400, 4000);
    search.begin();
    assertThat(size.pathMtu()).isEqualTo(1400);
    assertThat(search.high()).isEqualTo(4000);
  }

  @Test
  @Requirement("RFC4821-7.2-05")
  void aQuirkSetsTheInitialSizeOfAConnection() {
    try (Timeline t = Timeline.established(
        Timeline.PLAIN.withProbing(probing -> probing.withMtuProbing(TcpSettings.MtuProbing.ALWAYS))
            .withTimers(timers -> timers.withNoDelay(true)),
        Timeline.QUIRKS.withMtuSearchBase(1300))) {
      t.write(2000).expect(". 1(1260)", "P. 1261(740)");
    }
  }

  @Test
  @Requirement({"RFC4821-7.1-02", "RFC4821-7.3-01", "RFC4821-7.6.1-01"})
  void theSearchFindsEveryPathMtuWithFewProbes() {
    for (int path = 1024; path <= 9000; path++) {
      SegmentSize size = size(true, 9000);
      PathMtuSearch search = search(size);
      int probes = 0;
      for (int probe = search.due(now); probe != 0; probe = search.due(now)) {
        assertThat(probe).isGreaterThan(search.low()).isLessThanOrEqualTo(search.high());
        probes++;
        if (probe <= path) {
          search.onSuccess(probe);
          search.onVerified(now);
        } else {
          search.onFailure(probe, WAIT, now);
          now += WAIT;
        }
        assertThat(size.pathMtu()).isLessThanOrEqualTo(path);
      }
      assertThat(probes).isLessThanOrEqualTo(12);
      assertThat(size.pathMtu()).isGreaterThan(path - PathMtuSearch.THRESHOLD);
    }
  }

  @Test
  @Requirement({"RFC4821-4-08", "RFC4821-7.6.2-06", "RFC4821-7.6.4-01"})
  void theSearchPausesAfterALoss() {
    PathMtuSearch search = search(size(true, 1500));
    search.onFailure(1500, WAIT, now);
    assertThat(search.high()).isEqualTo(1499);
    assertThat(search.due(now + WAIT - 1)).isZero();
    int next = search.due(now + WAIT);
    assertThat(next).isEqualTo(1262);
    now += WAIT;
    search.onInconclusive(WAIT, now);
    assertThat(search.due(now + WAIT - 1)).isZero();
    assertThat(search.due(now + WAIT)).as("the same size").isEqualTo(next);
    assertThat(search.low()).isEqualTo(1024);
    assertThat(search.high()).isEqualTo(1499);
  }

  @Test
  @Requirement({"RFC4821-7.6.2-01", "RFC4821-7.6.2-02"})
  void aFailureBelowTheSizeInUseReturnsToTheSizeThatPassed() {
    SegmentSize size = size(true, 1500);
    PathMtuSearch search = search(size);
    size.use(1400);
    search.onFailure(1300, WAIT, now);
    assertThat(search.high()).isEqualTo(1299);
    assertThat(size.pathMtu()).isEqualTo(1024);
  }

  @Test
  @Requirement("RFC4821-7.6.3-01")
  void theSearchPausesFiveTimesAsLongAfterATimeout() {
    PathMtuSearch search = search(size(true, 1500));
    search.onTimeout(1500, WAIT, now);
    assertThat(search.due(now + 5 * WAIT - 1)).isZero();
    assertThat(search.due(now + 5 * WAIT)).isPositive();
  }

  @Test
  @Requirement({"RFC4821-7.3-02", "RFC4821-7.3-03"})
  void theSearchRestartsTenMinutesAfterItsEnd() {
    PathMtuSearch search = search(size(true, 1500));
    for (int probe = search.due(now); probe != 0; probe = search.due(now)) {
      search.onFailure(probe, WAIT, now);
      now += WAIT;
    }
    long end = now - WAIT;
    assertThat(search.due(end + TimeUnit.MINUTES.toNanos(10) - 1)).isZero();
    assertThat(search.due(end + TimeUnit.MINUTES.toNanos(10))).isEqualTo(1500);
    assertThat(search.high()).isEqualTo(1500);
  }

  @Test
  @Requirement({"RFC4821-7.8-02", "RFC4821-7.8-03"})
  void aRaiseThatFailsVerificationIsUndone() {
    SegmentSize size = size(true, 1500);
    PathMtuSearch search = search(size);
    search.onSuccess(1500);
    assertThat(size.pathMtu()).isEqualTo(1500);
    assertThat(search.due(now)).as("no probe before the raise is verified").isZero();
    search.onVerificationFailed(WAIT, now);
    assertThat(size.pathMtu()).isEqualTo(1024);
    assertThat(search.high()).isEqualTo(1499);
    assertThat(search.due(now + WAIT)).isLessThan(1500);
  }

  @Test
  @Requirement({"RFC4821-7.7-02", "RFC4821-7.7-03"})
  void repeatedBlackHolesHalveTheSizeDownToTheMinimum() {
    SegmentSize v4 = size(true, 9000);
    PathMtuSearch search = new PathMtuSearch(v4, 0, 9000);
    search.onDelivered(9000);
    search.onBlackHole(true, WAIT, now);
    assertThat(search.isActive()).isTrue();
    assertThat(v4.pathMtu()).isEqualTo(1024);
    assertThat(search.high()).isEqualTo(9000);
    for (int expected : new int[] {512, 256, 128, 68, 68}) {
      search.onBlackHole(false, WAIT, now);
      assertThat(v4.pathMtu()).isEqualTo(expected);
    }
    SegmentSize v6 = size(false, 9000);
    search = new PathMtuSearch(v6, 0, 9000);
    search.onBlackHole(true, WAIT, now);
    search.onBlackHole(false, WAIT, now);
    assertThat(v6.pathMtu()).isEqualTo(1280);
  }

  @Test
  @Requirement("RFC4821-7.7-02")
  void aBlackHoleFallsBackToASizeThatPassedBefore() {
    SegmentSize size = size(true, 9000);
    PathMtuSearch search = new PathMtuSearch(size, 0, 9000);
    search.onDelivered(4000);
    search.onBlackHole(true, WAIT, now);
    assertThat(size.pathMtu()).isEqualTo(4000);
  }

  @Test
  @Requirement({"RFC4821-7.1-04", "RFC4821-7.6.2-03"})
  void deliveriesAndReportsMoveTheBounds() {
    SegmentSize size = size(true, 9000);
    PathMtuSearch search = search(size);
    search.onDelivered(1500);
    assertThat(search.low()).isEqualTo(1500);
    search.onReport(4000, now);
    assertThat(search.high()).isEqualTo(4000);
    search.onReport(6000, now);
    assertThat(search.high()).isEqualTo(4000);
    search.onReport(1300, now);
    assertThat(search.high()).isEqualTo(1300);
    assertThat(search.low()).isEqualTo(1300);
  }

  @Test
  @Requirement("RFC4821-7.8-03")
  void aSizeIsSettledOnceVerified() {
    SegmentSize size = size(true, 1500);
    PathMtuSearch search = search(size);
    search.onReport(1400, now);
    // Nothing is left to be tried, but this probe may have passed by chance.
    search.onSuccess(1400);
    assertThat(size.pathMtu()).isEqualTo(1400);
    assertThat(size.settledMtu()).isEqualTo(1500);
    search.onVerified(now);
    assertThat(size.settledMtu()).isEqualTo(1400);
  }

  @Test
  @Requirement({"RFC4821-7.3-02", "RFC4821-7.8-01"})
  void anUnfoundedDoubtEndsTheSearch() {
    SegmentSize size = size(true, 1500);
    PathMtuSearch search = search(size);
    search.onReport(1400, now);
    search.onSuccess(1400);
    search.onVerificationDoubted();
    assertThat(size.pathMtu()).isEqualTo(1024);
    assertThat(size.settledMtu()).isEqualTo(1500);
    search.undoBlackHole(now);
    assertThat(size.pathMtu()).isEqualTo(1400);
    assertThat(size.settledMtu()).isEqualTo(1400);
    assertThat(search.due(now + PathMtuSearch.PAUSE - 1)).isZero();
    assertThat(search.due(now + PathMtuSearch.PAUSE)).isEqualTo(1500);
  }

  @Test
  @Requirement({"RFC4821-7.8-02", "RFC4821-7.8-03"})
  void aSizeFoundAfterAnUndoneRaiseIsSettled() {
    SegmentSize size = size(true, 1500);
    PathMtuSearch search = search(size);
    search.onSuccess(1500);
    search.onVerificationFailed(WAIT, now);
    for (int probe = search.due(now += WAIT); probe != 0; probe = search.due(now += WAIT)) {
      if (probe <= 1300) {
        search.onSuccess(probe);
        search.onVerified(now);
      } else {
        search.onFailure(probe, WAIT, now);
      }
    }
    assertThat(size.pathMtu()).isBetween(1300 - PathMtuSearch.THRESHOLD, 1300);
    assertThat(size.settledMtu()).isEqualTo(size.pathMtu());
    // The ten minutes count from the end of this search.
    long end = now - WAIT;
    assertThat(search.due(end + PathMtuSearch.PAUSE - 10 * WAIT)).isZero();
    assertThat(search.due(end + PathMtuSearch.PAUSE)).isEqualTo(1500);
  }

  @Test
  @Requirement("RFC4821-7.3-01")
  void aDifferenceBelowEightBytesIsNotProbed() {
    PathMtuSearch search = search(size(true, 9000));
    search.onReport(1024 + PathMtuSearch.THRESHOLD, now);
    assertThat(search.due(now)).isEqualTo(1028);
    search = search(size(true, 9000));
    search.onReport(1024 + PathMtuSearch.THRESHOLD - 1, now);
    assertThat(search.due(now)).isZero();
    // The search has ended with the report.
    assertThat(search.due(now + PathMtuSearch.PAUSE - 1)).isZero();
    assertThat(search.due(now + PathMtuSearch.PAUSE)).isEqualTo(9000);
  }

  @Test
  void aReportOfTheKnownLimitChangesNothing() {
    PathMtuSearch search = search(size(true, 9000));
    search.onReport(9000, now);
    assertThat(search.due(now)).as("the largest size is still tried first").isEqualTo(9000);
    search.onSuccess(9000);
    search.onReport(9000, now);
    assertThat(search.isVerifying()).isTrue();
    search.onReport(8999, now);
    assertThat(search.isVerifying()).as("a size that is reported not to pass is not verified").isFalse();
  }

  @Test
  @Requirement("RFC4821-7.1-03")
  void theDeliveryOfTheLargestEndsTheSearch() {
    PathMtuSearch search = search(size(true, 1500));
    search.onDelivered(1500);
    assertThat(search.low()).isEqualTo(1500);
    assertThat(search.due(now)).isZero();
  }

  @Test
  @Requirement("RFC4821-7.6.2-02")
  void aFailureAboveTheSizeInUseDoesNotChangeIt() {
    SegmentSize size = size(true, 1500);
    PathMtuSearch search = search(size);
    size.use(1299);
    search.onFailure(1300, WAIT, now);
    assertThat(size.pathMtu()).isEqualTo(1299);
  }

  @Test
  @Requirement({"RFC4821-7.6.3-01", "RFC4821-7.6.4-01"})
  void aTimeoutOfEverythingDoesNotExcludeTheSize() {
    PathMtuSearch search = search(size(true, 1500));
    search.onTimeoutOfAll(WAIT, now);
    assertThat(search.due(now + 5 * WAIT - 1)).isZero();
    assertThat(search.due(now + 5 * WAIT)).isEqualTo(1500);
  }

  @Test
  @Requirement("RFC4821-7.7-03")
  void afterABlackHoleTheSearchContinuesBelowTheLostSize() {
    SegmentSize size = size(true, 9000);
    PathMtuSearch search = new PathMtuSearch(size, 0, 9000);
    search.onBlackHole(true, WAIT, now);
    assertThat(search.due(now + WAIT - 1)).isZero();
    assertThat(search.due(now + WAIT)).isEqualTo((1024 + 9000 + 1) / 2);
    for (int i = 0; i < 4; i++) {
      search.onBlackHole(false, WAIT, now);
    }
    assertThat(size.pathMtu()).isEqualTo(68);
    assertThat(search.high()).isEqualTo(128);
    // The size is already the minimum, so a further black hole does not lower the upper bound.
    search.onBlackHole(false, WAIT, now);
    assertThat(search.high()).isEqualTo(128);
  }

  @Test
  void theBoundsHoldForRandomEvents() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      boolean v4 = random.nextBoolean();
      SegmentSize size = size(v4, 1280 + random.nextInt(8000));
      PathMtuSearch search = new PathMtuSearch(size, random.nextInt(2000), 100 + random.nextInt(size.linkMtu() - 100));
      if (random.nextBoolean()) {
        search.begin();
      }
      for (int i = 0; i < 50; i++) {
        int probe = search.due(now);
        switch (random.nextInt(7)) {
          case 0 -> search.onBlackHole(random.nextBoolean(), WAIT, now);
          case 1 -> search.onDelivered(random.nextInt(10_000));
          case 2 -> {
            int mtu = size.leastSearched() + random.nextInt(10_000);
            size.lower(mtu);
            search.onReport(mtu, now);
          }
          case 3 -> {
            if (search.isVerifying()) {
              search.onVerificationFailed(WAIT, now);
            }
          }
          case 4 -> {
            if (search.isVerifying()) {
              search.onVerified(now);
            }
          }
          case 5 -> {
            if (probe != 0) {
              search.onSuccess(probe);
            }
          }
          default -> {
            if (probe != 0) {
              search.onFailure(probe, WAIT, now);
            }
          }
        }
        now += WAIT * random.nextInt(10_000);
        assertThat(search.low()).as("seed %d", seed).isLessThanOrEqualTo(Math.max(search.high(), search.low()));
        assertThat(size.pathMtu()).as("seed %d", seed)
            .isBetween(Math.min(size.leastSearched(), size.linkMtu()), size.linkMtu());
        int next = search.due(now);
        assertThat(next == 0 || next > search.low() && next <= search.high()).as("seed %d", seed).isTrue();
      }
    }
  }
}
