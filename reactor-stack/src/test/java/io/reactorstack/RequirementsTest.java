package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.RequirementTable;
import io.reactorstack.testing.RequirementTable.Clause;
import io.reactorstack.testing.RequirementTable.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The requirement report of this module's layers, written to {@code target/requirements.csv}; its totals are logged.
 */
class RequirementsTest {

  /** The layers of a host other than TCP. They have clauses for routers too, which do not count here. */
  private static final List<String> HOST_LAYERS = List.of(
      "eth", "arp", "ip", "icmp", "ip6", "ndp", "icmp6", "igmp", "mld", "udp", "dhcp");

  /** The maximum number of mandatory clauses that this stack deliberately does not follow; each has its reason. */
  private static final int MAX_MUSTS_WITH_A_REASON = 15;

  /** The same maximum for all of {@link #HOST_LAYERS} together. */
  private static final int MAX_HOST_MUSTS_WITH_A_REASON = 10;

  private static final List<String> ROUTER_LAYERS = List.of("eth", "arp", "ip", "icmp", "ip6", "ndp", "icmp6", "nat");

  /** The same maximum for the clauses of {@link #ROUTER_LAYERS} for routers and translators. */
  private static final int MAX_ROUTER_MUSTS_WITH_A_REASON = 15;

  private static final double MIN_SHOULDS_TESTED = 0.9;

  private static final RequirementTable TABLE = new RequirementTable(RequirementTable.STACK_LAYERS);

  @Test
  void everyClauseHasATestAReasonOrAPlan() {
    TABLE.check();
  }

  @Test
  void writesTheReport() throws Exception {
    Path report = Path.of("target", "requirements.csv");
    int rows = TABLE.write(report);
    System.out.print(TABLE.totals());
    assertThat(Files.readAllLines(report)).hasSize(rows + 1);
  }

  @Test
  void everyMustOfTcpIsTestedOrDeliberatelyNotFollowed() {
    assertThat(TABLE.ids("tcp", Clause::isMust, Status.PLANNED)).isEmpty();
    assertThat(TABLE.ids("tcp", Clause::isMust, Status.REASON)).hasSizeLessThanOrEqualTo(MAX_MUSTS_WITH_A_REASON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"igmp", "mld"})
  void everyMustOfGroupsIsTestedOrDeliberatelyNotFollowed(String layer) {
    assertThat(TABLE.ids(layer, Clause::isMust, Status.PLANNED)).isEmpty();
  }

  @Test
  void everyMustOfAHostIsTestedOrDeliberatelyNotFollowed() {
    assertThat(hostIds(Clause::isMust, Status.PLANNED)).isEmpty();
    assertThat(hostIds(Clause::isMust, Status.REASON)).hasSizeLessThanOrEqualTo(MAX_HOST_MUSTS_WITH_A_REASON);
  }

  @Test
  void everyMustOfARouterIsTestedOrDeliberatelyNotFollowed() {
    assertThat(routerIds(Clause::isMust, Status.PLANNED)).isEmpty();
    assertThat(routerIds(Clause::isMust, Status.REASON)).hasSizeLessThanOrEqualTo(MAX_ROUTER_MUSTS_WITH_A_REASON);
    assertThat(routerIds(Clause::isShould, Status.PLANNED)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "igmp", "mld"})
  void nearlyEveryShouldIsTested(String layer) {
    List<String> all = TABLE.applicable(layer).filter(Clause::isShould).map(Clause::id).toList();
    checkTestedShare(all, TABLE.ids(layer, Clause::isShould, Status.TESTED));
  }

  @Test
  void nearlyEveryShouldOfAHostIsTested() {
    List<String> all = HOST_LAYERS.stream().flatMap(TABLE::applicable)
        .filter(clause -> clause.isShould() && !clause.isForRouters()).map(Clause::id).toList();
    checkTestedShare(all, hostIds(Clause::isShould, Status.TESTED));
  }

  /** Returns the ids of the clauses of {@link #HOST_LAYERS} for hosts that satisfy {@code which} with this status. */
  private static List<String> hostIds(Predicate<Clause> which, Status status) {
    Predicate<Clause> ofHosts = which.and(clause -> !clause.isForRouters());
    return HOST_LAYERS.stream().flatMap(layer -> TABLE.ids(layer, ofHosts, status).stream()).toList();
  }

  /** Returns the ids of the clauses for routers and translators that satisfy {@code which} with this status. */
  private static List<String> routerIds(Predicate<Clause> which, Status status) {
    Predicate<Clause> ofRouters = which.and(Clause::isForRouters);
    return ROUTER_LAYERS.stream().flatMap(layer -> TABLE.ids(layer, ofRouters, status).stream()).toList();
  }

  private static void checkTestedShare(List<String> all, List<String> tested) {
    List<String> others = all.stream().filter(id -> !tested.contains(id)).toList();
    assertThat((double) tested.size() / all.size())
        .as("share of tested clauses; the untested ones are %s", others)
        .isGreaterThanOrEqualTo(MIN_SHOULDS_TESTED);
  }

  @Test
  void aTestClaimsAtMostThreeClauses() {
    TABLE.checkClaimsOfATest(0);
  }

  @Test
  void propertiesHaveNoJupiterAnnotations() {
    TABLE.checkProperties();
  }
}
