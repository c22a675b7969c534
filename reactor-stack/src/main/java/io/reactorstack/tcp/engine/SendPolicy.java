package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;

/** How much new data goes into the next segment: Nagle's algorithm, the cork and the sender's silly window avoidance. */
final class SendPolicy {

  private boolean noDelay;
  private boolean corked;
  /** The user has said that more follows what was written last. */
  private boolean more;
  private boolean smallSent;
  /** The end of the last segment sent that was not full. */
  private int smallEnd;

  SendPolicy(boolean noDelay) {
    this.noDelay = noDelay;
  }

  /** Whether small segments go out at once (MUST-17). */
  void noDelay(boolean on) {
    noDelay = on;
  }

  /** Whether only full segments go out. */
  void cork(boolean on) {
    corked = on;
  }

  boolean isCorked() {
    return corked;
  }

  /** Whether the user has announced more: only full segments go out, until it comes or the peer says something. */
  void more(boolean announced) {
    more = announced;
  }

  boolean isMoreAnnounced() {
    return more;
  }

  /** New data of {@code n} bytes up to {@code end} goes out. */
  void onSent(int n, int mss, int end) {
    if (n > 0 && n < mss) {
      smallSent = true;
      smallEnd = end;
    }
  }

  /**
   * Whether Nagle's algorithm lets a small segment out: in Minshall's variant (RFC 9293 appendix A.3) while no other small
   * one is on its way. The rest of a large write does not wait behind its full segments.
   */
  private boolean mayBeSmall(int sndUna) {
    smallSent = smallSent && SequenceNumber.after(smallEnd, sndUna);
    return noDelay || !smallSent;
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
      int unsent, int usable, int mss, int sndUna, boolean idle, boolean last, int maxWindow, boolean overridden) {
    int fits = Math.min(unsent, usable);
    if (fits >= mss) {
      return mss;
    }
    if (fits <= 0) {
      return 0;
    }
    if (fits == unsent) {
      // (2): all that is queued, pushed by the absence of more.
      return last || overridden || !corked && !more && mayBeSmall(sndUna) ? fits : 0;
    }
    // (3) and (4): the window cuts it.
    return !corked && (idle || noDelay) && fits >= maxWindow / 2 || overridden ? fits : 0;
  }
}
