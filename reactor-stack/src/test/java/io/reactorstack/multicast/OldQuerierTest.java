package io.reactorstack.multicast;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.multicast.LinkTimeline.Family;
import io.reactorstack.multicast.LinkTimeline.Said;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.Compatibility;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The reporter on a link whose querier uses an older version. */
class OldQuerierTest {

  private static LinkTimeline link(Family family) {
    return new LinkTimeline(family, 42);
  }

  private static LinkTimeline amongOld(Family family) {
    return link(family).query(Compatibility.GROUPS, 10_000, 0);
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-7.2.1-01", "RFC2236-3-01", "RFC3810-8.2.1-01"})
  void joinsAndLeavesAreReportedInTheOlderVersion(Family family) {
    List<Double> gaps = new ArrayList<>();
    for (int seed = 0; seed < 50; seed++) {
      LinkTimeline link = new LinkTimeline(family, seed).query(Compatibility.GROUPS, 10_000, 0);
      link.change(1, link.exclude()).pass(30_000);
      gaps.add(link.said.get(1).seconds());
      assertThat(link.take()).containsExactly("v2 1", "v2 1");
      assertThat(link.change(1, link.exclude(7)).change(1, link.include(8)).pass(30_000).take())
          .as("the older version reports no sources").isEmpty();
      assertThat(link.change(1, link.include()).pass(30_000).take()).containsExactly("leave 1");
      assertThat(link.reporter.size()).isZero();
    }
    assertThat(gaps).allSatisfy(gap -> assertThat(gap).isGreaterThan(0).isLessThanOrEqualTo(10));
    assertThat(gaps.stream().filter(gap -> gap > 5)).isNotEmpty();
  }

  @Test
  @Requirement({"RFC3376-4-01", "RFC3376-7.2.1-01", "RFC3376-7.2.1-03"})
  void noLeaveIsSentToIgmpv1Routers() {
    LinkTimeline link = link(Family.IGMP).query(Compatibility.JOINS, 10_000, 0);
    assertThat(link.change(1, link.exclude()).pass(30_000).take()).containsExactly("v1 1", "v1 1");
    double asked = link.seconds();
    assertThat(link.query(Compatibility.JOINS, 10_000, 0).pass(10_000).said).extracting(Said::seconds)
        .allSatisfy(at -> assertThat(at - asked).isBetween(0.0, 10.0));
    assertThat(link.take()).containsExactly("v1 1");
    assertThat(link.change(1, link.include()).pass(30_000).take()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-7.2.1-01", "RFC3810-8.2.1-01"})
  void eachGroupAnswersAQueryAtItsOwnTime(Family family) {
    LinkTimeline link = amongOld(family);
    for (int group = 1; group <= 20; group++) {
      link.change(group, link.exclude());
    }
    link.pass(60_000).take();
    double asked = link.seconds();
    link.query(Compatibility.GROUPS, 4000, 0);
    assertThat(link.said).isEmpty();
    link.pass(4000);
    assertThat(link.said).hasSize(20);
    assertThat(link.said.stream().map(said -> (long) (said.seconds() * 10)).distinct().count()).isGreaterThan(10);
    assertThat(link.said).allSatisfy(said -> assertThat(said.seconds() - asked).isBetween(0.0, 4.0));
    link.take();
    assertThat(link.query(Compatibility.GROUPS, 1000, 0, 7).pass(1000).take()).containsExactly("v2 7");
    assertThat(link.query(Compatibility.SOURCES, 1000, 2, 7, 1).pass(1000).take())
        .as("also to a query of the current version").containsExactly("v2 7");
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-4.2.14-02", "RFC3810-5.2.14-02"})
  void reportsOfOtherHostsSuppressOwnReports(Family family) {
    LinkTimeline link = amongOld(family);
    link.change(1, link.exclude()).change(2, link.exclude()).pass(30_000).take();
    link.query(Compatibility.GROUPS, 4000, 0).foreignReport(1);
    assertThat(link.pass(10_000).take()).containsExactly("v2 2");
    assertThat(link.change(1, link.include()).pass(10_000).take()).as("only the last reporter sends a leave").isEmpty();
    assertThat(link.change(2, link.include()).pass(10_000).take()).containsExactly("leave 2");
    link.change(3, link.exclude()).foreignReport(3);
    assertThat(link.pass(30_000).take()).as("no repetition after a foreign report").containsExactly("v2 3");
  }

  @ParameterizedTest
  @EnumSource
  void reportsAreNotSuppressedInTheCurrentVersion(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude()).pass(5000).take();
    link.query().foreignReport(1);
    assertThat(link.pass(10_000).take()).containsExactly("IS_EX 1 ()");
  }

  @Test
  @Requirement({"RFC3376-7.2.1-02", "RFC9776-8.12-01"})
  void igmpReturnsToTheCurrentVersionWhenOldQueriersAreSilent() {
    LinkTimeline link = link(Family.IGMP);
    link.query(Compatibility.GROUPS, 10_000, 0);
    link.pass(1000).query(Compatibility.JOINS, 10_000, 0);
    assertThat(link.mode()).isEqualTo(Compatibility.JOINS);
    // The timeout: 2 * 125 s plus ten times the response time.
    link.pass(348_999);
    assertThat(link.mode()).isEqualTo(Compatibility.JOINS);
    assertThat(link.pass(1000).query(Compatibility.GROUPS, 5000, 0).pass(1).mode()).isEqualTo(Compatibility.GROUPS);
    assertThat(link.pass(299_998).mode()).isEqualTo(Compatibility.GROUPS);
    assertThat(link.pass(2).mode()).isEqualTo(Compatibility.SOURCES);
    assertThat(link.change(1, link.exclude()).take()).containsExactly("TO_EX 1 ()");
  }

  @Test
  @Requirement({"RFC3810-9.12-01", "RFC3810-8.2.1-01"})
  void mldReturnsToTheCurrentVersionWhenOldQueriersAreSilent() {
    LinkTimeline link = link(Family.MLD);
    link.query(Compatibility.GROUPS, 10_000, 0);
    // The timeout: 2 * 125 s plus the response time.
    assertThat(link.pass(259_999).mode()).isEqualTo(Compatibility.GROUPS);
    assertThat(link.pass(2).mode()).isEqualTo(Compatibility.SOURCES);
  }

  @ParameterizedTest
  @EnumSource
  void oldGroupSpecificQueryDoesNotChangeTheVersion(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude()).pass(5000).take();
    assertThat(link.query(Compatibility.GROUPS, 1000, 0, 1).pass(1000).take()).containsExactly("IS_EX 1 ()");
    assertThat(link.mode()).isEqualTo(Compatibility.SOURCES);
  }

  @ParameterizedTest
  @EnumSource
  @Requirement("RFC3376-7.2.1-02")
  void changeOfVersionCancelsPendingReports(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude()).take();
    link.query(Compatibility.GROUPS, 4000, 0);
    assertThat(link.pass(30_000).take()).as("no second report of the newer version").containsExactly("v2 1");
    link.query(Compatibility.GROUPS, 10_000, 0).pass(400_000).take();
    link.query();
    assertThat(link.pass(10_000).take()).containsExactly("IS_EX 1 ()");
  }
}
