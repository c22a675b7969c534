package io.reactorstack.tcp.congestion;

/** How the sender sees the network, in the words and the order of {@code ss} and Linux. */
public enum CongestionState {
  /** Nothing is amiss. */
  OPEN,
  /** Something came out of order: reordering or a loss. */
  DISORDER,
  /** The window is being reduced because congestion was signalled without a loss (RFC 3168). */
  CWR,
  /** Losses are being repaired by fast recovery. */
  RECOVERY,
  /** The retransmission timer has expired and what was in flight then is not yet acknowledged. */
  LOSS;

  /** Whether losses are being repaired. */
  public boolean isRepairing() {
    return this == RECOVERY || this == LOSS;
  }
}
