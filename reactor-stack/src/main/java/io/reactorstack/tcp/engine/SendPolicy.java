package io.reactorstack.tcp.engine;

/** How much new data goes into the next segment: Nagle's algorithm and the sender's silly window avoidance. */
final class SendPolicy {

  private boolean noDelay;

  SendPolicy(boolean noDelay) {
    this.noDelay = noDelay;
  }

  /** Whether small segments go out at once (MUST-17). */
  void noDelay(boolean on) {
    noDelay = on;
  }

  /**
   * Bytes to send now, or 0 to wait (RFC 9293 sections 3.7.4 and 3.8.6.2.1).
   *
   * @param unsent D, the data queued but not yet sent
   * @param usable U, the usable window; may be negative
   * @param mss Eff.snd.MSS
   * @param idle whether nothing is in flight
   * @param last whether a FIN follows the queued data, so that no more will join it
   * @param maxWindow Max(SND.WND)
   * @param overridden whether the override timer has expired
   */
  int segmentData(
      int unsent, int usable, int mss, boolean idle, boolean last, int maxWindow, boolean overridden) {
    int fits = Math.min(unsent, usable);
    if (fits >= mss) {
      return mss;
    }
    if (fits <= 0) {
      return 0;
    }
    boolean mayBeSmall = idle || noDelay;
    if (fits == unsent) {
      // (2): all that is queued, pushed by the absence of more.
      return mayBeSmall || last || overridden ? fits : 0;
    }
    // (3) and (4): the window cuts it.
    return mayBeSmall && fits >= maxWindow / 2 || overridden ? fits : 0;
  }
}
