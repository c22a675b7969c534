package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;

/**
 * Which reports of packets too big are followed, and when (RFC 5927 section 7.2).
 *
 * <p>Anyone who knows the connection can forge one. A report that contradicts what the peer has acknowledged therefore waits:
 * the segment that it quotes has to time out first, and its acknowledgement refutes the report. Before a packet of the size
 * was ever acknowledged a report is followed at once, so that discovery at the beginning costs no time.
 */
final class TooBigReports {

  /** MAXSEGRTO: timeouts of the quoted segment that a waiting report needs. */
  static final int TIMEOUTS = 1;

  private static final int NONE = 0;

  /** maxsizesent: the largest packet with data that was sent, and its sequence numbers. */
  private int largestSent;
  private int largestSentSeq;
  private int largestSentEnd;
  /** maxsizeacked: the largest that was acknowledged. */
  private int largestAcked;
  private int waitingMtu = NONE;
  private int waitingSeq;
  /** nsegrto of the segment at SND.UNA. */
  private int timeouts;

  /** A packet of {@code bytes} was sent with the data from {@code seq} to {@code end}. */
  void onSent(int bytes, int seq, int end) {
    if (bytes > largestSent) {
      largestSent = bytes;
      largestSentSeq = seq;
      largestSentEnd = end;
    } else if (bytes < largestSent
        && largestAcked < largestSent
        && SequenceNumber.before(seq, largestSentEnd)
        && SequenceNumber.after(end, largestSentSeq)) {
      // Sent again in pieces: its acknowledgement will not prove that it got through whole.
      largestSent = Math.max(bytes, largestAcked);
      largestSentSeq = seq;
      largestSentEnd = end;
    }
  }

  /** Returns the size of the largest packet that was acknowledged so far. */
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

  /** A report about the segment in flight at {@code quotedSeq}; returns whether it is to be followed now. */
  boolean onReport(int mtu, int quotedSeq, int sndUna) {
    if (mtu >= largestSent) {
      // Nothing of ours was larger.
      return false;
    }
    if (mtu > largestAcked || timeouts >= TIMEOUTS && quotedSeq == sndUna) {
      return true;
    }
    waitingMtu = mtu;
    waitingSeq = quotedSeq;
    return false;
  }

  /** The segment at {@code sndUna} timed out; returns the MTU of the report about it that is to be followed now, or 0. */
  int onTimeout(int sndUna) {
    timeouts++;
    if (waitingMtu == NONE || timeouts < TIMEOUTS || waitingSeq != sndUna) {
      return NONE;
    }
    int mtu = waitingMtu;
    waitingMtu = NONE;
    return mtu;
  }

  /** From now on packets have at most {@code mtu} bytes. */
  void onLowered(int mtu) {
    largestSent = Math.min(largestSent, mtu);
    largestAcked = Math.min(largestAcked, mtu);
    waitingMtu = NONE;
  }
}
