package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.segment.TcpSegment;

/**
 * The send sequence space of a synchronized connection (RFC 9293 section 3.3.1): what is acknowledged, what is sent, what the
 * peer takes, and what of the send buffer is still to come.
 */
final class SendSpace {

  private final SendBuffer buffer;
  private int sndUna;
  private int sndNxt;
  private int sndWnd;
  private int sndWl1;
  private int sndWl2;
  private int maxSndWnd;
  private boolean finSent;
  private long bytesSent;

  /** Begins where {@code handshake} has ended, with {@code ack} the segment that acknowledged our SYN. */
  SendSpace(Handshake handshake, TcpSegment ack, int window) {
    buffer = handshake.buffer();
    sndUna = handshake.sndUna();
    sndNxt = sndUna;
    sndWnd = window;
    maxSndWnd = window;
    sndWl1 = ack.seq();
    sndWl2 = ack.ack();
    bytesSent = handshake.fastOpen().acknowledged();
  }

  int sndUna() {
    return sndUna;
  }

  int sndNxt() {
    return sndNxt;
  }

  int sndWnd() {
    return sndWnd;
  }

  /** MAX.SND.WND: the largest window that the peer has offered. */
  int maxSndWnd() {
    return maxSndWnd;
  }

  int flightSize() {
    return sndNxt - sndUna;
  }

  /** The usable window; negative if the window has shrunk. */
  int usable() {
    return sndWnd - flightSize();
  }

  /** Octets of data that were never sent. */
  int unsent() {
    return finSent ? 0 : buffer.length() - flightSize();
  }

  /** Whether a FIN follows what is unsent. */
  boolean isFinDue() {
    return buffer.isShut() && !finSent;
  }

  boolean isFinAcknowledged() {
    return finSent && sndUna == sndNxt;
  }

  /** Whether all data was acknowledged and our FIN was sent. */
  boolean isOnlyFinUnacknowledged() {
    return finSent && flightSize() == 1;
  }

  /** Whether {@code seq} was sent and is not yet acknowledged. */
  boolean isInFlight(int seq) {
    return SequenceNumber.inRange(seq, sndUna, sndNxt);
  }

  /** Whether {@code ack} lies in SND.UNA - MAX.SND.WND to SND.NXT (RFC 5961 section 5.2). */
  boolean isAckAcceptable(int ack) {
    return SequenceNumber.beforeOrAt(ack, sndNxt) && SequenceNumber.afterOrAt(ack, sndUna - maxSndWnd);
  }

  /** Data sent, without what was sent again. */
  long bytesSent() {
    return bytesSent;
  }

  /** {@code n} octets of new data go out, and the FIN if {@code fin}. */
  void onSent(int n, boolean fin) {
    sndNxt += n + (fin ? 1 : 0);
    finSent |= fin;
    bytesSent += n;
  }

  /** Everything before {@code ack} is acknowledged, which is more than was. */
  void onAcknowledged(int ack) {
    int octets = ack - sndUna;
    boolean finAcked = finSent && ack == sndNxt;
    buffer.acknowledge(finAcked ? octets - 1 : octets);
    sndUna = ack;
  }

  /** {@code segment} offers {@code window}, scaled; returns whether that opens a closed one. */
  boolean onWindow(TcpSegment segment, int window) {
    boolean newer = SequenceNumber.before(sndWl1, segment.seq())
        || sndWl1 == segment.seq() && SequenceNumber.beforeOrAt(sndWl2, segment.ack());
    if (!newer) {
      return false;
    }
    boolean reopened = sndWnd == 0 && window > 0;
    sndWnd = window;
    sndWl1 = segment.seq();
    sndWl2 = segment.ack();
    maxSndWnd = Math.max(maxSndWnd, window);
    return reopened;
  }
}
