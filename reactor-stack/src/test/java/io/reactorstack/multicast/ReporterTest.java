package io.reactorstack.multicast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.multicast.LinkTimeline.Family;
import io.reactorstack.multicast.LinkTimeline.Said;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.Compatibility;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.GroupRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The reports that a host sends to routers of the current version, for both protocols. */
class ReporterTest {

  private static LinkTimeline link(Family family) {
    return new LinkTimeline(family, 42);
  }

  // State changes

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-5.1-01", "RFC3810-6.1-01"})
  void changeIsReportedImmediatelyAndRepeatedWithinASecond(Family family) {
    List<Double> gaps = new ArrayList<>();
    for (int seed = 0; seed < 200; seed++) {
      LinkTimeline link = new LinkTimeline(family, seed);
      link.change(1, link.exclude());
      assertThat(link.said).extracting(Said::seconds).containsExactly(0.0);
      link.pass(60_000);
      gaps.add(link.said.get(1).seconds());
      assertThat(link.take()).containsExactly("TO_EX 1 ()", "TO_EX 1 ()");
    }
    assertThat(gaps).allSatisfy(gap -> assertThat(gap).isGreaterThan(0).isLessThanOrEqualTo(1));
    assertThat(gaps.stream().filter(gap -> gap < 0.25)).as("spread over the second").hasSizeBetween(25, 75);
    assertThat(gaps.stream().filter(gap -> gap > 0.75)).hasSizeBetween(25, 75);
  }

  @ParameterizedTest
  @EnumSource
  void eachChangeIsReportedByItsRecordType(Family family) {
    LinkTimeline link = link(family);
    assertThat(link.change(1, link.include(1, 2)).pass(2000).take()).containsOnly("ALLOW 1 (1 2)").hasSize(2);
    assertThat(link.change(1, link.include(2, 3)).pass(2000).take()).containsOnly("ALLOW 1 (3), BLOCK 1 (1)");
    assertThat(link.change(1, link.exclude(4, 5)).pass(2000).take()).containsOnly("TO_EX 1 (4 5)");
    assertThat(link.change(1, link.exclude(5, 6)).pass(2000).take()).containsOnly("ALLOW 1 (4), BLOCK 1 (6)");
    assertThat(link.change(1, link.include(6)).pass(2000).take()).containsOnly("TO_IN 1 (6)");
    assertThat(link.change(1, link.include()).pass(2000).take()).containsOnly("BLOCK 1 (6)");
    assertThat(link.change(1, link.exclude()).pass(2000).take()).containsOnly("TO_EX 1 ()");
    assertThat(link.change(1, link.include()).pass(2000).take()).containsOnly("TO_IN 1 ()").hasSize(2);
    assertThat(link.reporter.size()).as("a left group has no state").isZero();
  }

  @ParameterizedTest
  @EnumSource
  void pendingRepetitionsMergeWithTheNextChange(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.include(1)).change(1, link.include(1, 2));
    assertThat(link.pass(2000).take()).containsExactly("ALLOW 1 (1)", "ALLOW 1 (1 2)", "ALLOW 1 (2)");
    link.change(1, link.include(2)).change(1, link.include(1, 2));
    assertThat(link.pass(2000).take()).containsExactly("BLOCK 1 (1)", "ALLOW 1 (1)", "ALLOW 1 (1)");
    // The mode change is reported first, then the later changes.
    link.change(1, link.exclude()).change(1, link.exclude(3));
    assertThat(link.pass(2000).take()).containsExactly("TO_EX 1 ()", "TO_EX 1 (3)", "BLOCK 1 (3)");
    link.change(1, link.include()).change(1, link.exclude());
    assertThat(link.pass(2000).take()).containsExactly("TO_IN 1 ()", "TO_EX 1 ()", "TO_EX 1 ()");
  }

  @ParameterizedTest
  @EnumSource
  void sameFilterIsNoChange(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude(1)).pass(5000).take();
    assertThat(link.change(1, link.exclude(1)).pass(5000).take()).isEmpty();
    assertThat(link.change(2, link.include()).pass(5000).take()).as("leaving a group that was not joined").isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void pendingChangesOfSeveralGroupsShareOneReport(Family family) {
    LinkTimeline link = link(family);
    link.reporter.change(family.group(1), link.exclude(), 777_000_000_000L);
    link.reporter.change(family.group(2), link.include(9), 777_000_000_000L);
    link.reporter.change(family.group(2), link.include(8, 9), 777_000_000_000L);
    assertThat(link.run().take()).containsExactly("TO_EX 1 (), ALLOW 2 (9 8)");
  }

  @Test
  @Requirement({"RFC3810-6-01"})
  void hostLocalAndAllHostsGroupsAreNotReported() {
    for (String group : List.of("224.0.0.1", "ff02::1", "ff00::5", "ff01::5", "ff11::77")) {
      assertThat(Reporter.isReported(IpAddress.parse(group))).as(group).isFalse();
    }
    for (String group : List.of("224.0.0.2", "224.0.0.251", "239.1.2.3", "ff02::2", "ff02::1:ff00:1", "ff0e::1",
        "ff12::1")) {
      assertThat(Reporter.isReported(IpAddress.parse(group))).as(group).isTrue();
    }
    LinkTimeline link = link(Family.MLD);
    link.reporter.change(IpAddress.parse("ff02::1"), SourceFilter.ANY, 0);
    assertThat(link.pass(5000).query().pass(20_000).take()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-8-01", "RFC3810-9-01"})
  void robustnessOfTheQuerierIsAdopted(Family family) {
    LinkTimeline link = link(family);
    link.query(Compatibility.SOURCES, 100, 4).pass(100);
    assertThat(link.change(1, link.exclude()).pass(20_000).take()).hasSize(4).containsOnly("TO_EX 1 ()");
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-8.1-01", "RFC3810-9.1-01"})
  void queriersRobustnessOfZeroIsIgnored(Family family) {
    assertRobustnessOfTwoAfterAQueryWith(0, family);
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-8.1-02", "RFC3810-9.1-02"})
  void queriersRobustnessOfOneIsIgnored(Family family) {
    assertRobustnessOfTwoAfterAQueryWith(1, family);
  }

  private void assertRobustnessOfTwoAfterAQueryWith(int robustness, Family family) {
    LinkTimeline link = link(family);
    link.query(Compatibility.SOURCES, 100, robustness).pass(100);
    assertThat(link.change(1, link.exclude()).pass(20_000).take()).hasSize(2);
  }

  @Test
  void invalidRobustnessIsRefused() {
    for (int wrong : new int[] {-1, 0, 1, 8}) {
      assertThatThrownBy(() -> new ReporterSettings(wrong, Duration.ZERO, Duration.ZERO, Duration.ZERO, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3810-5.2.13-02", "RFC3590-4-02"})
  void allGroupsAreReportedAgainWhenTheSourceBecomesValid(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude(7)).change(2, link.include(8)).pass(5000).take();
    assertThat(link.retell().pass(5000).take())
        .hasSize(3)
        .startsWith("TO_EX 1 (7), ALLOW 2 (8)")
        .contains("TO_EX 1 (7)", "ALLOW 2 (8)");
  }

  // Queries

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-5.2-01", "RFC3810-6.2-01"})
  void generalQueryIsAnsweredOnceAtARandomTime(Family family) {
    List<Double> delays = new ArrayList<>();
    for (int seed = 0; seed < 200; seed++) {
      LinkTimeline link = new LinkTimeline(family, seed);
      link.change(1, link.exclude()).change(2, link.include(8)).pass(5000).take();
      double asked = link.seconds();
      link.query();
      assertThat(link.said).as("never immediately").isEmpty();
      link.pass(60_000);
      delays.add(link.said.getFirst().seconds() - asked);
      assertThat(link.take()).containsExactly("IS_EX 1 (), IS_IN 2 (8)");
    }
    assertThat(delays).allSatisfy(delay -> assertThat(delay).isGreaterThan(0).isLessThanOrEqualTo(10));
    assertThat(delays.stream().filter(delay -> delay < 2.5)).hasSizeBetween(25, 75);
    assertThat(delays.stream().filter(delay -> delay > 7.5)).hasSizeBetween(25, 75);
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-5.2-03", "RFC3810-6.3-01"})
  void queryWithZeroResponseTimeIsNotAnsweredImmediately(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude()).pass(5000).take();
    assertThat(link.query(Compatibility.SOURCES, 0, 2).take()).isEmpty();
    assertThat(link.pass(1).take()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-5.2-01", "RFC3810-6.2-01"})
  void earlierOfTwoResponsesAnswersBothGeneralQueries(Family family) {
    for (int seed = 0; seed < 50; seed++) {
      LinkTimeline link = new LinkTimeline(family, seed);
      link.change(1, link.exclude()).pass(5000).take();
      link.query(Compatibility.SOURCES, 100, 2).query();
      assertThat(link.pass(100).take()).as("seed %d: the later query does not postpone the response", seed)
          .containsExactly("IS_EX 1 ()");
      assertThat(link.pass(30_000).take()).isEmpty();
      link.query().query(Compatibility.SOURCES, 100, 2);
      assertThat(link.pass(100).take()).as("seed %d: the later query brings the response forward", seed)
          .containsExactly("IS_EX 1 ()");
      assertThat(link.pass(30_000).take()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-5.2-02"})
  void groupQueryIsAnsweredForThatGroupOnly(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude(5)).change(2, link.include(8)).pass(5000).take();
    assertThat(link.query(1).take()).isEmpty();
    assertThat(link.pass(10_000).take()).containsExactly("IS_EX 1 (5)");
    assertThat(link.query(2).pass(10_000).take()).containsExactly("IS_IN 2 (8)");
    assertThat(link.query(3).pass(10_000).take()).as("a group that was not joined").isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-5.2-02"})
  void queriedSourcesAreReportedIfAccepted(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude(5, 6)).change(2, link.include(8, 9)).pass(5000).take();
    assertThat(link.query(1, 5, 7).pass(10_000).take()).containsExactly("IS_IN 1 (7)");
    assertThat(link.query(2, 7, 8).pass(10_000).take()).containsExactly("IS_IN 2 (8)");
    assertThat(link.query(1, 5, 6).pass(10_000).take()).as("no queried source is accepted").isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-5.2-02"})
  void queriedSourcesAccumulateUntilTheResponse(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude()).pass(5000).take();
    assertThat(link.query(1, 5).query(1, 6).pass(10_000).take()).containsExactly("IS_IN 1 (5 6)");
    assertThat(link.query(1, 5).query(1).pass(10_000).take()).as("group query").containsExactly("IS_EX 1 ()");
    assertThat(link.query(1).query(1, 5).pass(10_000).take()).containsExactly("IS_EX 1 ()");
    assertThat(link.query(1, 7).pass(10_000).take()).as("earlier sources are discarded").containsExactly("IS_IN 1 (7)");
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-5.2-02"})
  void earlierOfTwoResponsesAnswersBothGroupQueries(Family family) {
    for (int seed = 0; seed < 50; seed++) {
      LinkTimeline link = new LinkTimeline(family, seed);
      link.change(1, link.exclude()).pass(5000).take();
      link.query(1).query(Compatibility.SOURCES, 100, 2, 1);
      assertThat(link.pass(100).take()).hasSize(1);
      assertThat(link.pass(30_000).take()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void earlierGeneralResponseAnswersAGroupQuery(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude()).pass(5000).take();
    link.query(Compatibility.SOURCES, 1, 2).query(1);
    assertThat(link.pass(30_000).take()).containsExactly("IS_EX 1 ()");
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC9776-9.1-03"})
  void queriedSourcesAreLimited(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude()).pass(5000).take();
    for (int from = 0; from < 300; from += 50) {
      link.query(Stream.concat(Stream.of(1), Stream.iterate(from + 1, i -> i + 1).limit(50).map(i -> i % 250 + 1))
          .mapToInt(i -> i).toArray());
    }
    assertThat(link.pass(10_000).take()).as("too many: the whole group").containsExactly("IS_EX 1 ()");
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC9776-9.1-03"})
  void manyQueriesCauseOneResponseWhileTheDeviceIsBlocked(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude()).pass(5000).take();
    for (int i = 0; i < 1000; i++) {
      link.reporter.onQuery(
          new GroupMessage.Query(Compatibility.SOURCES, family.group(1), List.of(), 1, 2), 800_000_000_000L + i);
    }
    link.passBlocked(60_000);
    assertThat(link.run().take()).containsExactly("IS_EX 1 ()");
  }

  @ParameterizedTest
  @EnumSource
  void aGroupThatWasLeftIsNotReportedAsCurrent(Family family) {
    LinkTimeline link = link(family);
    link.change(1, link.exclude()).pass(5000).query(1).change(1, link.include());
    link.query();
    assertThat(link.pass(60_000).take()).doesNotContain("IS_EX 1 ()", "IS_IN 1 ()");
    assertThat(link.reporter.size()).isZero();
  }

  // Long lists

  @ParameterizedTest
  @EnumSource
  void recordsThatDoNotFitAreSentInTheNextReport(Family family) {
    LinkTimeline link = new LinkTimeline(family, 1, 1280);
    for (int group = 1; group <= 200; group++) {
      link.reporter.change(family.group(group), link.exclude(), 777_000_000_000L);
    }
    link.run();
    assertThat(link.said.size()).isBetween(2, 4);
    assertThat(link.said).allSatisfy(said -> assertThat(length(said.message())).isLessThanOrEqualTo(1280));
    assertThat(String.join(", ", link.take()).split(", ")).hasSize(200);
  }

  @ParameterizedTest
  @EnumSource
  void includedSourcesAreSplitAndExcludedOnesTruncated(Family family) {
    LinkTimeline link = new LinkTimeline(family, 1, 1280);
    int[] hosts = Stream.iterate(1, i -> i + 1).limit(2000).mapToInt(i -> i).toArray();
    SourceFilter many = family == Family.MLD ? link.include(hosts) : new SourceFilter(false, ipv4Hosts());
    link.reporter.change(family.group(1), many, 777_000_000_000L);
    link.run();
    assertThat(link.said).allSatisfy(said -> assertThat(length(said.message())).isLessThanOrEqualTo(1280));
    assertThat(link.said.stream().flatMap(said -> ((GroupMessage.Report) said.message()).records().stream())
        .mapToInt(record -> record.sources().size()).sum()).isEqualTo(2000);
    link.said.clear();
    link.reporter.change(family.group(1), new SourceFilter(true, many.sources()), 777_000_000_000L);
    link.run();
    assertThat(link.said).hasSize(1);
    assertThat(length(link.said.getFirst().message())).isBetween(1260, 1280);
  }

  private static java.util.Set<IpAddress> ipv4Hosts() {
    return Stream.iterate(0, i -> i + 1).limit(2000)
        .map(i -> IpAddress.parse("10.1." + i / 250 + "." + (i % 250 + 1)))
        .collect(java.util.stream.Collectors.toCollection(java.util.LinkedHashSet::new));
  }

  private static int length(GroupMessage message) {
    int length = 0;
    for (GroupRecord record : ((GroupMessage.Report) message).records()) {
      length += 4 + record.group().bytes().length * (1 + record.sources().size());
    }
    boolean v4 = ((GroupMessage.Report) message).records().getFirst().group().isV4();
    return length + 8 + (v4 ? 24 : 48);
  }
}
