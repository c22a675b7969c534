package io.reactorstack.multicast;

import java.time.Duration;

/**
 * The constants of IGMP and MLD for a host (RFC 3376 section 8, RFC 3810 section 9), which must be the same on all of a link.
 *
 * @param robustness how often a change is told, 2 to 7, until a querier tells its own
 * @param unsolicitedReportInterval in which time a change is told again
 * @param oldUnsolicitedReportInterval the same among routers that speak an older version (RFC 2236 section 8.10)
 * @param queryInterval time between two general queries, to guess when an older querier is gone
 * @param responseFactor how many of the last query's response times an older querier may be late
 */
public record ReporterSettings(
    int robustness,
    Duration unsolicitedReportInterval,
    Duration oldUnsolicitedReportInterval,
    Duration queryInterval,
    int responseFactor) {

  /** RFC 9776 8.12: ten times the last query's response time. */
  public static final ReporterSettings IGMP = new ReporterSettings(
      2, Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(125), 10);

  /** RFC 3810 9.12: once the last query's response time. */
  public static final ReporterSettings MLD = new ReporterSettings(
      2, Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(125), 1);

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if the robustness is not in 2..7 (RFC 3376 section 8.1)
   */
  public ReporterSettings {
    if (robustness < 2 || robustness > 7) {
      throw new IllegalArgumentException("robustness " + robustness + " is not in 2..7");
    }
  }
}
