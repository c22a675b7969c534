package io.reactorstack.tcp.recovery;

/**
 * How much may be sent for each acknowledgement while the congestion window falls to ssthresh (RFC 9937 section 6).
 *
 * <p>Names are those of the RFC.
 */
final class ProportionalRateReduction {

  private boolean active;
  private int ssthresh;
  private int recoverFs;
  private long prrDelivered;
  private long prrOut;

  /**
   * A congestion response begins.
   *
   * @param recoverFs bytes in flight when it begins, without those that were reported received before (6.1)
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
   * An acknowledgement in the episode, the first included.
   *
   * @param delivered DeliveredData, in bytes
   * @param inflight bytes in the network
   * @param safe SafeACK: SND.UNA has advanced and nothing more was found lost
   * @return SndCnt, the bytes that may be sent beyond {@code inflight}; negative when nothing was delivered and nothing is to
   *     change
   */
  int onAck(int delivered, int inflight, boolean safe, int smss) {
    if (delivered <= 0 && prrDelivered > 0) {
      return -1;
    }
    prrDelivered += Math.max(delivered, 0);
    long sndCnt;
    if (inflight > ssthresh) {
      // Proportional: the window falls in the measure in which data leaves the network.
      sndCnt = Math.ceilDiv(prrDelivered * ssthresh, recoverFs) - prrOut;
    } else {
      // PRR-CRB, or PRR-SSRB when the path shows that it takes what is sent.
      sndCnt = Math.max(prrDelivered - prrOut, delivered) + (safe ? smss : 0);
      sndCnt = Math.min(ssthresh - inflight, sndCnt);
    }
    if (prrOut == 0 && sndCnt <= 0) {
      // The fast retransmit itself.
      sndCnt = smss;
    }
    return Math.clamp(sndCnt, 0, Integer.MAX_VALUE / 2);
  }

  /** {@code bytes} were sent or sent again. */
  void onSent(int bytes) {
    prrOut += bytes;
  }
}
