package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;

/**
 * The detection of losses, and of retransmission timeouts that were spurious.
 *
 * @param duplicateThreshold the initial DupThresh, the number of segments received above a gap after which the gap
 *     counts as lost; 1 to 300 (RFC 5681 section 3.2, RFC 6675)
 * @param rack whether losses are detected by time (RFC 8985)
 * @param tailLossProbe whether a probe is sent before the retransmission timeout (RFC 8985 section 7)
 * @param forwardRto whether spurious timeouts are detected by F-RTO (RFC 5682)
 */
public record RecoverySettings(int duplicateThreshold, boolean rack, boolean tailLossProbe, boolean forwardRto) {

  static final RecoverySettings DEFAULTS = new RecoverySettings(3, true, true, true);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public RecoverySettings {
    Checks.range("duplicateThreshold", duplicateThreshold, 1, 300, "segments");
  }

  /** Returns a copy with the given {@link #duplicateThreshold}. */
  public RecoverySettings withDuplicateThreshold(int value) {
    return new RecoverySettings(value, rack, tailLossProbe, forwardRto);
  }

  /** Returns a copy with the given {@link #rack}. */
  public RecoverySettings withRack(boolean value) {
    return new RecoverySettings(duplicateThreshold, value, tailLossProbe, forwardRto);
  }

  /** Returns a copy with the given {@link #tailLossProbe}. */
  public RecoverySettings withTailLossProbe(boolean value) {
    return new RecoverySettings(duplicateThreshold, rack, value, forwardRto);
  }

  /** Returns a copy with the given {@link #forwardRto}. */
  public RecoverySettings withForwardRto(boolean value) {
    return new RecoverySettings(duplicateThreshold, rack, tailLossProbe, value);
  }
}
