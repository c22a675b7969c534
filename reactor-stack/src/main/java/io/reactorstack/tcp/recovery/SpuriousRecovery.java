package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/**
 * Detects that a recovery was unnecessary. It remembers the recovery's retransmissions until one of two things proves
 * that: an acknowledgement of an original transmission (the Eifel detection of RFC 3522, by timestamps), or reports
 * that all retransmissions were duplicates (RFC 2883, RFC 3708).
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

  /** Starts watching a recovery of the octets between {@code sndUna} and {@code sndNxt}. */
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

  /** Notes the end of the recovery. Reports of duplicates count until {@code sndNxt} is acknowledged. */
  void onRecovered(int sndNxt) {
    echoOpen = false;
    limited = true;
    limit = sndNxt;
    if (retransmissions == 0) {
      watching = false;
    }
  }

  /** Notes that a segment that ends at {@code end} was sent again. */
  void onRetransmitted(int end, long now) {
    if (watching) {
      if (retransmissions == 0) {
        firstRetransmissionAt = now;
      }
      retransmissions++;
      to = SequenceNumber.later(to, end);
    }
  }

  /** Returns whether an acknowledgement shows that the recovery was unnecessary. */
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
      // RFC 3522 3.2: only the first acknowledgement that covers a retransmission is examined.
      if (ack.isEchoBefore(firstRetransmissionAt)) {
        return true;
      }
      echoOpen = false;
    }
    return false;
  }
}
