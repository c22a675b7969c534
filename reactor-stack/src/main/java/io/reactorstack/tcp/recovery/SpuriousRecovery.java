package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/**
 * Was a recovery needless? Its retransmissions are remembered until either the acknowledgement of an original (the Eifel
 * detection of RFC 3522, by timestamps) or reports that all of them were duplicates (RFC 2883, RFC 3708) answer that.
 */
final class SpuriousRecovery {

  private boolean watching;
  private boolean echoOpen;
  private int from;
  private int to;
  private boolean limited;
  private int limit;
  private int retransmissions;
  private int duplicates;
  private long firstRetransmissionAt;

  /** A recovery of what lies between {@code sndUna} and {@code sndNxt} begins. */
  void begin(int sndUna, int sndNxt) {
    watching = true;
    echoOpen = true;
    from = sndUna;
    to = sndNxt;
    limited = false;
    retransmissions = 0;
    duplicates = 0;
  }

  void end() {
    watching = false;
  }

  /** The recovery is over: reports are still waited for until {@code sndNxt} is acknowledged. */
  void onRecovered(int sndNxt) {
    echoOpen = false;
    limited = true;
    limit = sndNxt;
    if (retransmissions == 0) {
      watching = false;
    }
  }

  /** A segment that ends at {@code end} was sent again. */
  void onRetransmitted(int end, long now) {
    if (watching) {
      if (retransmissions == 0) {
        firstRetransmissionAt = now;
      }
      retransmissions++;
      to = SequenceNumber.later(to, end);
    }
  }

  /** Whether an acknowledgement shows that the recovery was needless. */
  boolean isShownBy(AckReport ack, int smss) {
    if (!watching) {
      return false;
    }
    if (ack.isDuplicateReport()
        && retransmissions > 0
        && SequenceNumber.afterOrAt(ack.duplicateLeft(), from)
        && SequenceNumber.beforeOrAt(ack.duplicateRight(), to)) {
      duplicates += Math.ceilDiv(ack.duplicateRight() - ack.duplicateLeft(), smss);
      if (duplicates >= retransmissions) {
        return true;
      }
    }
    if (limited && SequenceNumber.after(ack.sndUna(), limit)) {
      watching = false;
      return false;
    }
    if (echoOpen && ack.isAdvance() && retransmissions > 0) {
      // RFC 3522 3.2: the first acknowledgement that covers a retransmission answers for all.
      if (ack.isEchoBefore(firstRetransmissionAt)) {
        return true;
      }
      echoOpen = false;
    }
    return false;
  }
}
