package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;

/**
 * Decides how much new data goes into the next segment: Nagle's algorithm, the cork and the sender's silly window
 * avoidance.
 */
final class SendPolicy {

  private boolean noDelay;
  private boolean corked;
  /** True if the user has announced that more data follows the last write. */
  private boolean more;
  private boolean smallSent;
  /** The sequence number after the last segment sent that was not full. */
  private int smallEnd;

  SendPolicy(boolean noDelay) {
    this.noDelay = noDelay;
  }

  /** Sets whether small segments go out immediately (MUST-17). */
  void noDelay(boolean on) {
    noDelay = on;
  }

  /** Sets whether only full segments go out. */
  void cork(boolean on) {
    corked = on;
  }

  boolean isCorked() {
    return corked;
  }

  /**
   * Sets whether the user has announced more data. If so, only full segments go out until the user writes again or the
   * peer sends a segment.
   */
  void more(boolean announced) {
    more = announced;
  }

  boolean isMoreAnnounced() {
    return more;
  }

  /** Notes that {@code n} bytes of new data, up to {@code end}, are sent. */
  void onSent(int n, int mss, int end) {
    if (n > 0 && n < mss) {
      smallSent = true;
      smallEnd = end;
    }
  }

  /**
   * Returns whether Nagle's algorithm allows a small segment. In Minshall's variant (RFC 9293 appendix A.3) it does
   * while no other small segment is in flight, so the end of a large write does not wait for its full segments.
   */
  private boolean mayBeSmall(int sndUna) {
    smallSent = smallSent && SequenceNumber.after(smallEnd, sndUna);
    return noDelay || !smallSent;
  }

  /**
   * Returns the number of bytes to send, or 0 to wait (RFC 9293 sections 3.7.4 and 3.8.6.2.1).
   *
   * @param unsent D, the data queued but not yet sent
   * @param usable U, the usable window; may be negative
   * @param mss Eff.snd.MSS
   * @param idle whether nothing is in flight
   * @param last whether a FIN follows the queued data, so that no more data will join it
   * @param maxWindow Max(SND.WND)
   * @param overridden whether the override timer has expired
   */
  int segmentData(
      int unsent, int usable, int mss, int sndUna, boolean idle, boolean last, int maxWindow, boolean overridden) {
    int fits = Math.min(unsent, usable);
    if (fits >= mss) {
      return mss;
    }
    if (fits <= 0) {
      return 0;
    }
    if (fits == unsent) {
      // (2): everything that is queued; it is pushed because no more data is available.
      return last || overridden || !corked && !more && mayBeSmall(sndUna) ? fits : 0;
    }
    // (3) and (4): the window allows only a part.
    return !corked && (idle || noDelay) && fits >= maxWindow / 2 || overridden ? fits : 0;
  }
}
