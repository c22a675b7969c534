package io.reactorstack.pathmtu.engine;

import static io.reactorstack.pathmtu.PathMtu.Phase.BASE;
import static io.reactorstack.pathmtu.PathMtu.Phase.DISABLED;
import static io.reactorstack.pathmtu.PathMtu.Phase.ERROR;
import static io.reactorstack.pathmtu.PathMtu.Phase.SEARCHING;
import static io.reactorstack.pathmtu.PathMtu.Phase.SEARCH_COMPLETE;
import static io.reactorstack.pathmtu.engine.ProbeTimeline.FULL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtu.Cause;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The phases of a path MTU discovery (RFC 8899 section 5) on a time line. */
class PathMtuEngineTest {

  private static final PathMtuSettings SETTINGS = PathMtuSettings.DEFAULT;

  // ---- start and search

  @Test
  @Requirement({"RFC8899-6.1.4-01", "RFC8899-5.1.2-03"})
  void nothingLargerThanTheBaseIsSentBeforeTheBaseIsAcknowledged() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).state(BASE, 1200);
    t.at(16).expect(1200).at(20).ack().expect(FULL).state(SEARCHING, 1200);
  }

  @Test
  void nothingIsSentBeforeTheStart() {
    ProbeTimeline t = new ProbeTimeline(SETTINGS, true, 1500).at(100).state(DISABLED, 1200).idle();
    t.delivered().blackHole().tooBig(600).state(DISABLED, 1200).idle();
  }

  @Test
  void theSizesOfIpv6BeginAtTheMinimumOfItsLinks() {
    ProbeTimeline t = new ProbeTimeline(SETTINGS, false, 1500).begin().expect(1240);
    t.at(1).ack().expect(1460).at(2).ack();
    assertThat(t.engine.current())
        .isEqualTo(new PathMtu(SEARCH_COMPLETE, 1460, 1500, 1452, Cause.PROBE_ACKNOWLEDGED));
  }

  @Test
  @Requirement("RFC8899-5.3.2-01")
  void theLargestSizeIsTriedFirstAndThenTheMiddle() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).at(0.1).ack().expect(FULL);
    // The common MTUs nearest to the middle are 1358 of 1220 to 1499, and 1420 of 1358 to 1499.
    t.loseAll().expect(1338).state(SEARCHING, 1200).at(48.2).ack().expect(1400);
  }

  @ParameterizedTest
  @ValueSource(ints = {1220, 1280, 1281, 1300, 1358, 1380, 1400, 1420, 1437, 1440, 1472, 1480, 1492, 1499, 1500})
  @Requirement("RFC8899-3-26")
  void theSearchFindsAnyPath(int mtu) {
    ProbeTimeline t = ProbeTimeline.start();
    int lost = t.search(mtu - 20);
    int found = t.engine.current().mtu();
    assertThat(found).isLessThanOrEqualTo(mtu);
    assertThat(mtu - found).as("%d for %d", found, mtu).isLessThan(SizeSearch.THRESHOLD);
    // The largest size and a binary search over 280 octets.
    assertThat(lost).as("lost probes").isLessThanOrEqualTo(6 * 3);
  }

  @Test
  void theMtusOfCommonLinksAreFoundExactly() {
    for (int mtu : new int[] {1500, 1492, 1480, 1420, 1400, 1380, 1280}) {
      ProbeTimeline t = new ProbeTimeline(SETTINGS, true, 9000).begin();
      t.search(mtu - 20);
      assertThat(t.engine.current().mtu()).isEqualTo(mtu);
    }
  }

  @Test
  @Requirement({"RFC8899-3-24", "RFC8899-5-02"})
  void theApplicationMaySendUsefulSizesDuringTheSearch() {
    ProbeTimeline t = ProbeTimeline.start();
    t.search(1400 - 20);
    assertThat(t.changes).extracting(PathMtu::phase).startsWith(DISABLED, BASE, SEARCHING).endsWith(SEARCH_COMPLETE);
    assertThat(t.changes).allSatisfy(change -> {
      assertThat(change.plpmtu()).isGreaterThanOrEqualTo(1200);
      assertThat(change.maximumPayload()).isEqualTo(change.plpmtu() - 8);
      assertThat(change.mtu()).isEqualTo(change.plpmtu() + 20);
    });
  }

  @Test
  @Requirement({"RFC8899-5.1.2-02", "RFC8899-5.3.1-01", "RFC8899-3-09"})
  void theApplicationMayLimitTheSearch() {
    ProbeTimeline t = ProbeTimeline.start(SETTINGS.withMax(1300)).expect(1200);
    t.at(1).ack().expect(1300).at(2).ack().state(SEARCH_COMPLETE, 1300).idle();
  }

  @Test
  void aLinkThatIsSmallerThanTheBaseLimitsAllSizes() {
    ProbeTimeline t = new ProbeTimeline(SETTINGS, true, 1000).begin().expect(980);
    t.at(1).ack().state(SEARCH_COMPLETE, 980);
  }

  // ---- losses

  @Test
  @Requirement({"RFC8899-5.1.2-01", "RFC8899-3-07"})
  void twoLostProbesProveNothingButThreeOfOneSizeDo() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).at(0.1).ack().expect(FULL);
    t.at(16.1).expect(FULL).at(32.1).expect(FULL).at(32.2).ack().state(SEARCH_COMPLETE, FULL);

    t = ProbeTimeline.start().expect(1200).at(0.1).ack().expect(FULL);
    t.at(16.1).expect(FULL).at(32.1).expect(FULL).at(48.1).expect(1338).state(SEARCHING, 1200);
  }

  @Test
  void theNumberOfProbesIsASetting() {
    ProbeTimeline t = ProbeTimeline.start(SETTINGS.withMaxProbes(2)).expect(1200).at(0.1).ack().expect(FULL);
    t.at(16.1).expect(FULL).at(32.1).expect(1338);
  }

  @Test
  @Requirement({"RFC8899-3-27", "RFC8899-3-28"})
  void lateRepeatedAndReorderedAcknowledgementsDoNotConfuseTheSearch() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).at(0.1).ack().ack(0).ack(0).expect(FULL);
    t.state(SEARCHING, 1200).loseAll().expect(1338).state(SEARCHING, 1200);
    // The acknowledgements of the largest size arrive after it has been given up, in reverse.
    t.ack(3).ack(2).ack(1).ack(0).expect().state(SEARCHING, 1200);
    t.at(48.2).ack().expect(1400).state(SEARCHING, 1338).ack(4).ack(0).expect().state(SEARCHING, 1338);
  }

  @Test
  @Requirement("RFC8899-3-15")
  void anAcknowledgementAfterTheProbeTimerStillCounts() {
    ProbeTimeline t = ProbeTimeline.start(SETTINGS.withProbeTimer(Duration.ofSeconds(1))).expect(1200);
    // The round trip is 1.5 s: the next probe waits until one has passed since the repetition.
    t.at(1).expect(1200).at(1.5).ack(0).state(SEARCHING, 1200).at(2.5).expect(FULL);
    // From now on PROBE_TIMER is two round trips.
    t.at(5.5).expect(FULL);
  }

  @Test
  @Requirement("RFC8899-8-01")
  void probesAreARoundTripApart() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).at(0.5).ack().expect(FULL);
    // The application finds out at once that the probe was lost, and so does a router.
    t.at(0.6).lose().at(1.0).expect(FULL).at(1.1).tooBig(1400).at(1.5).expect(1400);
    t.at(1.6).link(1500).state(BASE, 1200).at(2.0).expect(1200);
  }

  @Test
  void withoutAMeasurementALossThatIsFoundEarlyWaitsForTheProbeTimer() {
    ProbeTimeline.start().expect(1200).at(0.1).lose().at(16).expect(1200);
  }

  @Test
  void theReportOfALossForAnotherProbeHasNoEffect() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).at(0.1).ack().expect(FULL);
    t.engine.onProbeLost(1, 0);
    t.engine.onProbeNotSent(1, 0);
    t.engine.onTooLongForLink(1, 600, 0);
    t.at(16.1).expect(FULL);
  }

  @Test
  @Requirement({"RFC8899-5.1.1-01", "RFC8899-5.1.1-02"})
  void theProbeTimerIsNotBelowASecondAndByDefaultAbove15() {
    assertThatThrownBy(() -> SETTINGS.withProbeTimer(Duration.ofMillis(999)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(SETTINGS.timers().probe()).isGreaterThan(Duration.ofSeconds(15));
    ProbeTimeline.start(SETTINGS.withProbeTimer(Duration.ofSeconds(1))).expect(1200).at(1).expect(1200);
    ProbeTimeline.start().expect(1200).at(16).expect(1200);
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> SETTINGS.withMin(27)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SETTINGS.withMin(1300).withBase(1299)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SETTINGS.withBase(1300).withMax(1299)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SETTINGS.withMax(65_536)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SETTINGS.withMaxProbes(1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SETTINGS.withRaiseTimer(Duration.ofSeconds(15)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SETTINGS.withConfirmationTimer(Duration.ofMinutes(11)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(SETTINGS.withoutConfirmation().timers().confirmation()).isZero();
  }

  // ---- ERROR and DISABLED

  @Test
  void aPathThatDoesNotCarryTheBaseIsSearchedFromTheMinimum() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).loseAll().expect(556).state(ERROR, 556);
    t.cause(Cause.PROBES_LOST).at(48.1).ack().state(SEARCHING, 556).expect(1200);
    t.search(1000 - 20);
    assertThat(t.engine.current().mtu()).isBetween(993, 1000);
  }

  @Test
  void afterAnOutageTheWholeRangeIsSearched() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).loseAll().expect(556).at(48.1).ack().expect(1200);
    t.at(48.2).ack().expect(FULL).at(48.3).ack().state(SEARCH_COMPLETE, FULL);
  }

  @Test
  void withoutAnyAcknowledgementTheDiscoveryIsDisabledUntilDataIsSent() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).loseAll().expect(556).loseAll().state(DISABLED, 556).idle();
    t.at(100).data().at(126).expect(1200).state(BASE, 1200).cause(Cause.STARTED);
  }

  @Test
  void aDisabledDiscoveryBeginsAgainWhenDataHasArrived() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).loseAll().expect(556).loseAll().state(DISABLED, 556);
    t.at(97).delivered().expect(1200).state(BASE, 1200);
  }

  @Test
  void probesThatCannotLeaveTheHostDisableTheDiscoveryButProveNothingAboutTheirSize() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).notSent().at(16).expect(1200).notSent().at(32).expect(1200);
    t.notSent().state(ERROR, 556).at(48).expect(556);

    t = ProbeTimeline.start().expect(1200).at(0.1).ack().expect(FULL).notSent();
    for (int i = 1; i < 10; i++) {
      t.at(0.1 + 16 * i).expect(FULL).notSent().state(SEARCHING, 1200);
    }
  }

  // ---- SEARCH_COMPLETE

  @Test
  @Requirement({"RFC8899-5.1.1-03", "RFC8899-4.3-03"})
  void afterTheRaiseTimerLargerSizesAreTriedIfDataIsSent() {
    PathMtuSettings settings = SETTINGS.withoutConfirmation();
    ProbeTimeline t = ProbeTimeline.start(settings);
    t.search(1400 - 20);
    double then = t.time();
    t.at(then + 900).idle().data().next().expect(FULL).state(SEARCHING, 1380).cause(Cause.RAISE_TIMER);
    t.at(then + 901).ack().state(SEARCH_COMPLETE, FULL);

    t = ProbeTimeline.start(settings.withProbesWhenIdle(true));
    t.search(1400 - 20);
    t.at(t.time() + 600).expect(FULL).state(SEARCHING, 1380);
  }

  @Test
  @Requirement({"RFC8899-4.3-01", "RFC8899-6.1.5-01"})
  void aBlackHoleIsFoundByConfirmation() {
    ProbeTimeline t = ProbeTimeline.complete(SETTINGS).data();
    t.at(30.2).expect(FULL).at(30.3).ack().state(SEARCH_COMPLETE, FULL).data();
    t.at(60.3).expect(FULL).at(76.3).expect(FULL).at(92.3).expect(FULL).state(SEARCH_COMPLETE, FULL);
    t.at(108.3).state(BASE, 1200).cause(Cause.BLACK_HOLE).expect(1200);
    t.at(108.4).ack().state(SEARCHING, 1200).expect(FULL);
  }

  @Test
  @Requirement({"RFC8899-5.1.1-05", "RFC8899-4.3-02"})
  void nothingIsConfirmedWhileTheApplicationSendsNothing() {
    ProbeTimeline t = ProbeTimeline.complete(SETTINGS).at(300).idle().data().expect(FULL);
    t.at(300.1).ack().at(400).idle();
    ProbeTimeline.complete(SETTINGS.withProbesWhenIdle(true)).at(30.2).expect(FULL);
  }

  @Test
  @Requirement({"RFC8899-5.1.1-04", "RFC8899-5.2-01"})
  void aProtocolWithAcknowledgementsSendsNoProbesAfterTheSearch() {
    ProbeTimeline t = ProbeTimeline.complete(SETTINGS.withoutConfirmation().withProbesWhenIdle(true)).data();
    t.at(10_000).state(SEARCH_COMPLETE, FULL).idle();
    t.blackHole().state(BASE, 1200).cause(Cause.BLACK_HOLE).expect(1200);
  }

  @Test
  void otherEvidenceOfDeliveryPutsTheConfirmationOff() {
    ProbeTimeline t = ProbeTimeline.complete(SETTINGS).data().at(30).delivered().at(60).expect(FULL);
    t.delivered().data().at(90).expect(FULL);
  }

  @Test
  void aConfirmedSizeAtTheMaximumIsStillConfirmedAfterTheRaiseTimer() {
    ProbeTimeline t = ProbeTimeline.complete(SETTINGS.withConfirmationTimer(Duration.ofMinutes(9))).data();
    t.at(540.2).expect(FULL).at(540.3).ack().data().at(1080.3).expect(FULL).state(SEARCH_COMPLETE, FULL);
  }

  @Test
  void aBlackHoleBelowTheBaseLeadsToTheMinimum() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).loseAll().expect(556).at(48.1).ack();
    t.search(1000 - 20);
    int found = t.engine.current().plpmtu();
    t.blackHole().state(ERROR, 556).expect(556).at(t.time() + 0.1).ack().state(SEARCHING, 556);
    t.search(800 - 20);
    assertThat(t.engine.current().plpmtu()).isLessThan(found);
  }

  // ---- reports of routers

  @Test
  @Requirement({"RFC8899-3-12", "RFC8899-4.6.2-01", "RFC8899-3-10"})
  void aReportDuringTheSearchSelectsTheNextProbe() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).at(0.1).ack().expect(FULL);
    t.at(0.15).tooBig(1400).state(SEARCHING, 1200).at(0.2).expect(1400).state(SEARCHING, 1200);
    t.at(0.3).ack().state(SEARCH_COMPLETE, 1400);
    t.tooBig(1450).state(SEARCH_COMPLETE, 1400);
  }

  @Test
  void aSecondRouterMayCarryStillLess() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).at(0.1).ack().expect(FULL);
    t.at(0.2).tooBig(1400).expect(1400).at(0.3).tooBig(1300).expect(1300).at(0.4).tooBig(1200);
    t.state(SEARCH_COMPLETE, 1200).expect();
  }

  @Test
  @Requirement("RFC8899-3-13")
  void aReportOfASizeThatWasNotExceededIsIgnored() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).at(0.1).ack().expect(FULL);
    t.at(0.2).tooBig(FULL).tooBig(FULL + 1).tooBig(9000).expect().state(SEARCHING, 1200);
    t.at(0.3).ack().state(SEARCH_COMPLETE, FULL);
  }

  @Test
  @Requirement("RFC8899-4.6.2-04")
  void aReportBelowThePlpmtuLeadsBackToTheBase() {
    ProbeTimeline t = ProbeTimeline.complete(SETTINGS).at(5).tooBig(1300);
    t.state(BASE, 1200).cause(Cause.PACKET_TOO_BIG).expect(1200);
    t.at(5.1).ack().expect(1300).at(5.2).ack().state(SEARCH_COMPLETE, 1300);
  }

  @Test
  @Requirement("RFC8899-4.6.2-02")
  void aReportBelowTheBaseLeadsToTheMinimumOverIpv4() {
    ProbeTimeline t = ProbeTimeline.complete(SETTINGS.withMin(48)).at(5).tooBig(48).state(ERROR, 48).expect(48);
    t.at(5.1).ack().state(SEARCH_COMPLETE, 48);
    t = ProbeTimeline.complete(SETTINGS.withMin(48)).at(5).tooBig(1000).state(ERROR, 48).expect(48);
    t.at(5.1).ack().expect(1000).at(5.2).ack().state(SEARCH_COMPLETE, 1000);
    // An impossible report, below the 68 octets of RFC 791.
    ProbeTimeline.complete(SETTINGS.withMin(48)).at(5).tooBig(47).state(SEARCH_COMPLETE, FULL);
  }

  @Test
  @Requirement("RFC8899-4.6.2-03")
  void aReportBelowTheBaseLeadsToTheMinimumOverIpv6() {
    ProbeTimeline t = new ProbeTimeline(SETTINGS.withBase(1300), false, 1500).begin().expect(1300);
    t.at(0.1).tooBig(1239).state(BASE, 1300).tooBig(1240).state(ERROR, 1240).expect(1240);
    t.at(0.2).ack().state(SEARCH_COMPLETE, 1240);
  }

  @Test
  @Requirement("RFC8899-4.6.1-01")
  void reportsMayBeSwitchedOff() {
    ProbeTimeline t = ProbeTimeline.complete(SETTINGS.withPacketTooBig(false)).at(5).tooBig(1300).tooBig(600);
    t.state(SEARCH_COMPLETE, FULL).idle();
  }

  // ---- changes of the path

  @Test
  @Requirement("RFC8899-8-04")
  void aPathThatChangesAllTheTimeIsNotSearchedAgainAndAgain() {
    ProbeTimeline t = ProbeTimeline.complete(SETTINGS);
    t.at(1).tooBig(1300).expect(1200).at(1.1).ack().expect(1300).at(1.2).ack().expect();
    t.blackHole().expect(1200).at(1.3).ack().expect(FULL).at(1.4).ack().state(SEARCH_COMPLETE, FULL);
    t.at(2.2).tooBig(1300).state(BASE, 1200).expect(1200).at(2.3).ack();
    t.expect().state(SEARCH_COMPLETE, 1200).cause(Cause.UNSTABLE_PATH);
    t.data().at(32.3).expect(1200).at(32.4).ack().data();
    while (t.next().engine.current().phase() == SEARCH_COMPLETE) {
      t.ack().data();
    }
    assertThat(t.time()).isBetween(600.0, 604.0);
    t.state(SEARCHING, 1200).cause(Cause.RAISE_TIMER);
  }

  @Test
  @Requirement("RFC8899-3-29")
  void aChangeOfTheFirstLinkBeginsAgain() {
    ProbeTimeline t = ProbeTimeline.complete(SETTINGS).at(5).link(1400).state(BASE, 1200).cause(Cause.LINK_CHANGED);
    t.expect(1200).at(5.1).ack().expect(1380).at(5.2).ack().state(SEARCH_COMPLETE, 1380);
  }

  @Test
  void aProbeThatTheFirstLinkRefusesLimitsTheSearch() {
    ProbeTimeline t = ProbeTimeline.start().expect(1200).at(0.1).ack().expect(FULL);
    t.tooLongForLink(1300).at(0.2).expect(1280).state(SEARCHING, 1200).at(0.3).ack().state(SEARCH_COMPLETE, 1280);
    t = ProbeTimeline.start().expect(1200).tooLongForLink(1000).expect(980).state(BASE, 980);
  }

  @Test
  void thePhasesOfAnOrdinaryDiscoveryAreReported() {
    ProbeTimeline t = ProbeTimeline.complete(SETTINGS);
    assertThat(t.changes).extracting(PathMtu::phase).containsExactly(DISABLED, BASE, SEARCHING, SEARCH_COMPLETE);
    assertThat(t.changes.getLast()).hasToString(
        "SEARCH_COMPLETE 1480 (1472 octets of data, packets of 1500), PROBE_ACKNOWLEDGED");
    assertThat(IntStream.range(0, t.changes.size()).mapToObj(i -> t.changes.get(i).cause())).containsExactly(
        Cause.STARTED, Cause.STARTED, Cause.PROBE_ACKNOWLEDGED, Cause.PROBE_ACKNOWLEDGED);
  }
}
