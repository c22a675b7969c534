package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;

/**
 * Decides which packet-too-big reports are accepted, and when (RFC 5927 section 7.2).
 *
 * <p>Anyone who knows the connection's addresses and ports can forge one. A report that contradicts earlier
 * acknowledgements of the peer therefore waits: the segment that it quotes must time out first, and an acknowledgement
 * of that segment refutes the report. A report about a packet larger than any acknowledged so far is accepted
 * immediately, so that discovery at the start costs no time.
 */
final class TooBigReports {

  /** MAXSEGRTO: the number of timeouts of the quoted segment before a waiting report is accepted. */
  static final int TIMEOUTS = 1;

  private static final int NONE = 0;

  /**
   * maxsizesent: the size of the largest packet with data that was sent, in bytes, followed by its sequence numbers.
   */
  private int largestSent;
  private int largestSentSeq;
  private int largestSentEnd;
  /** maxsizeacked: the size of the largest packet that was acknowledged, in bytes. */
  private int largestAcked;
  private int waitingMtu = NONE;
  private int waitingSeq;
  /** nsegrto: the number of timeouts of the segment at SND.UNA. */
  private int timeouts;

  /** Notes that a packet of {@code bytes} was sent with the data from {@code seq} to {@code end}. */
  void onSent(int bytes, int seq, int end) {
    if (bytes > largestSent) {
      largestSent = bytes;
      largestSentSeq = seq;
      largestSentEnd = end;
    } else if (bytes < largestSent
        && largestAcked < largestSent
        && SequenceNumber.before(seq, largestSentEnd)
        && SequenceNumber.after(end, largestSentSeq)) {
      // Sent again in pieces: an acknowledgement no longer proves that the large packet arrived.
      largestSent = Math.max(bytes, largestAcked);
      largestSentSeq = seq;
      largestSentEnd = end;
    }
  }

  /** Processes an acknowledgement; returns the size of the largest packet acknowledged so far, in bytes. */
  int onAcknowledged(int sndUna) {
    timeouts = 0;
    if (largestAcked < largestSent && SequenceNumber.afterOrAt(sndUna, largestSentEnd)) {
      largestAcked = largestSent;
    }
    if (waitingMtu != NONE && SequenceNumber.after(sndUna, waitingSeq)) {
      waitingMtu = NONE;
    }
    return largestAcked;
  }

  /** Processes a report about the segment in flight at {@code quotedSeq}; returns whether to accept it immediately. */
  boolean onReport(int mtu, int quotedSeq, int sndUna) {
    if (mtu >= largestSent) {
      // No packet of this connection was larger.
      return false;
    }
    if (mtu > largestAcked || timeouts >= TIMEOUTS && quotedSeq == sndUna) {
      return true;
    }
    waitingMtu = mtu;
    waitingSeq = quotedSeq;
    return false;
  }

  /** Notes that the segment at {@code sndUna} timed out; returns the MTU of the waiting report to accept, or 0. */
  int onTimeout(int sndUna) {
    timeouts++;
    if (waitingMtu == NONE || timeouts < TIMEOUTS || waitingSeq != sndUna) {
      return NONE;
    }
    int mtu = waitingMtu;
    waitingMtu = NONE;
    return mtu;
  }

  /** Notes that packets now have at most {@code mtu} bytes. */
  void onLowered(int mtu) {
    largestSent = Math.min(largestSent, mtu);
    largestAcked = Math.min(largestAcked, mtu);
    waitingMtu = NONE;
  }
}
