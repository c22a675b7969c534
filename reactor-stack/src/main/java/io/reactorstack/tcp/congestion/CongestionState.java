package io.reactorstack.tcp.congestion;

/** The sender's congestion state, with the names and the order that {@code ss} and Linux use. */
public enum CongestionState {
  /** No sign of loss or congestion. */
  OPEN,
  /** The peer has received segments out of order, because of reordering or a loss. */
  DISORDER,
  /** The window is being reduced because congestion was signalled without a loss (RFC 3168). */
  CWR,
  /** Losses are being repaired by fast recovery. */
  RECOVERY,
  /** The retransmission timer has expired, and the data that was in flight then is not yet acknowledged. */
  LOSS;

  /** Returns whether losses are being repaired. */
  public boolean isRepairing() {
    return this == RECOVERY || this == LOSS;
  }
}
