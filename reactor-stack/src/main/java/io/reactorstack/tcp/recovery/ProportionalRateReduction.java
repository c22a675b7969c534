package io.reactorstack.tcp.recovery;

/**
 * Calculates how much may be sent for each acknowledgement while the congestion window falls to ssthresh (RFC 9937
 * section 6).
 *
 * <p>The names are those of the RFC.
 */
final class ProportionalRateReduction {

  private boolean active;
  private int ssthresh;
  private int recoverFs;
  private long prrDelivered;
  private long prrOut;

  /**
   * Starts a congestion response.
   *
   * @param recoverFs bytes in flight at its start, without those that were reported as received earlier (6.1)
   */
  void begin(int ssthresh, int recoverFs) {
    this.active = true;
    this.ssthresh = ssthresh;
    this.recoverFs = Math.max(recoverFs, 1);
    this.prrDelivered = 0;
    this.prrOut = 0;
  }

  void end() {
    active = false;
  }

  boolean isActive() {
    return active;
  }

  /**
   * Processes an acknowledgement of the response, including the first one.
   *
   * @param delivered DeliveredData, in bytes
   * @param inflight bytes in the network
   * @param safe SafeACK: SND.UNA has advanced and no further loss was detected
   * @return SndCnt, the number of bytes that may be sent beyond {@code inflight}; negative if nothing was delivered and
   *   the window must not change
   */
  int onAck(int delivered, int inflight, boolean safe, int smss) {
    if (delivered <= 0 && prrDelivered > 0) {
      return -1;
    }
    prrDelivered += Math.max(delivered, 0);
    long sndCnt;
    if (inflight > ssthresh) {
      // Proportional: the window falls at the rate at which data leaves the network.
      sndCnt = Math.ceilDiv(prrDelivered * ssthresh, recoverFs) - prrOut;
    } else {
      // PRR-CRB, or PRR-SSRB if the acknowledgement shows that the path delivers what is sent.
      sndCnt = Math.max(prrDelivered - prrOut, delivered) + (safe ? smss : 0);
      sndCnt = Math.min(ssthresh - inflight, sndCnt);
    }
    if (prrOut == 0 && sndCnt <= 0) {
      // Allow the fast retransmit itself.
      sndCnt = smss;
    }
    return Math.clamp(sndCnt, 0, Integer.MAX_VALUE / 2);
  }

  /** Notes that {@code bytes} were sent, for the first time or again. */
  void onSent(int bytes) {
    prrOut += bytes;
  }
}
