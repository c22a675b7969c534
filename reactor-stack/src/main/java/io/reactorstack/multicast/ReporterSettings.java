package io.reactorstack.multicast;

import java.time.Duration;

/**
 * The constants of IGMP and MLD for a host (RFC 3376 section 8, RFC 3810 section 9), which must be the same for all
 * hosts of a link. An older querier counts as gone after {@code robustness * queryInterval + responseFactor * r}, where
 * r is the maximum response time in its last query.
 *
 * @param robustness the number of times that a change is reported, 2 to 7, until a querier announces another number
 * @param unsolicitedReportInterval the maximum delay before a change is reported again
 * @param oldUnsolicitedReportInterval the same while a querier uses an older version (RFC 2236 section 8.10)
 * @param queryInterval the assumed time between two general queries
 * @param responseFactor the factor of the last query's maximum response time
 */
public record ReporterSettings(
    int robustness,
    Duration unsolicitedReportInterval,
    Duration oldUnsolicitedReportInterval,
    Duration queryInterval,
    int responseFactor) {

  /** The defaults of IGMP. RFC 9776 8.12: ten times the last query's maximum response time. */
  public static final ReporterSettings IGMP = new ReporterSettings(
      2, Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(125), 10);

  /** The defaults of MLD. RFC 3810 9.12: once the last query's maximum response time. */
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
