package io.reactorstack.tcp.model;

/**
 * How losses are detected, and by what it is noticed that there was none.
 *
 * @param duplicateThreshold DupThresh: segments above a hole after which it counts as lost, at the start; at least 1
 *     (RFC 5681 section 3.2, RFC 6675)
 * @param rack whether losses are detected by time (RFC 8985)
 * @param tailLossProbe whether a probe goes out before the retransmission timeout (RFC 8985 section 7)
 * @param forwardRto whether spurious timeouts are detected by F-RTO (RFC 5682)
 */
public record LossRecoverySettings(int duplicateThreshold, boolean rack, boolean tailLossProbe, boolean forwardRto) {

  static final LossRecoverySettings DEFAULTS = new LossRecoverySettings(3, true, true, true);

  /** These settings with another {@link #duplicateThreshold}. */
  public LossRecoverySettings withDuplicateThreshold(int value) {
    return new LossRecoverySettings(value, rack, tailLossProbe, forwardRto);
  }

  /** These settings with another {@link #rack}. */
  public LossRecoverySettings withRack(boolean value) {
    return new LossRecoverySettings(duplicateThreshold, value, tailLossProbe, forwardRto);
  }

  /** These settings with another {@link #tailLossProbe}. */
  public LossRecoverySettings withTailLossProbe(boolean value) {
    return new LossRecoverySettings(duplicateThreshold, rack, value, forwardRto);
  }

  /** These settings with another {@link #forwardRto}. */
  public LossRecoverySettings withForwardRto(boolean value) {
    return new LossRecoverySettings(duplicateThreshold, rack, tailLossProbe, value);
  }
}
