package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.wire.TcpSegment;

/**
 * The send sequence space of a synchronized connection (RFC 9293 section 3.3.1): what is acknowledged, what is sent, what the
 * peer takes, and what of the send buffer is still to come.
 */
final class SendSpace {

  private final SendBuffer buffer;
  /** The peer's window counts in units of 2<sup>scale</sup> bytes. */
  private final int scale;
  private int sndUna;
  private int sndNxt;
  private int sndWnd;
  private int sndWl1;
  private int sndWl2;
  private int maxSndWnd;
  /** The sequence number after the last octet that lay inside the peer's window when it was sent. */
  private int invited;
  private boolean finSent;
  private long bytesSent;

  /** Begins where the handshake has ended, with {@code ack} the segment that acknowledged our SYN. */
  SendSpace(Parts parts, Agreement agreement, TcpSegment ack, int window) {
    buffer = parts.output;
    scale = agreement.scales().send();
    sndUna = parts.setup.iss() + 1 + agreement.synData();
    sndNxt = sndUna;
    invited = sndUna;
    sndWnd = window;
    maxSndWnd = window;
    sndWl1 = ack.seq();
    sndWl2 = ack.ack();
    bytesSent = agreement.synData();
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

  /**
   * The right edge of the peer's window, as far as it can be known: a peer whose window field is too coarse for its edge shows
   * it up to one unit too far left and still takes what was sent up to there (RFC 7323 section 2.4). An octet sent to probe
   * a closed window tells nothing about the edge.
   */
  int rightEdge() {
    int shown = sndUna + sndWnd;
    int hidden = invited - shown;
    return hidden > 0 && hidden < 1 << scale ? invited : shown;
  }

  /** Whether something was sent that the peer's window does not cover: the probe of a closed window, or what it shrank below. */
  boolean isBeyondWindow() {
    return SequenceNumber.after(sndNxt, rightEdge());
  }

  /**
   * SEG.SEQ of a segment without text: SND.NXT, but not beyond the right edge of the peer's window, where the peer would refuse
   * it with the acknowledgement and the window that it carries (RFC 9293 section 3.10.7.4, first check). A peer that has taken
   * more than its window shows answers with what it has taken.
   */
  int controlSeq() {
    return SequenceNumber.earlier(sndNxt, rightEdge());
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

  /** Whether our FIN was sent and the peer's window, as far as it can be known, has covered it. */
  boolean isFinDeliverable() {
    return finSent && !isBeyondWindow();
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

  /** Whether {@code ack} acknowledges something that was not acknowledged before. */
  boolean isNews(int ack) {
    return SequenceNumber.after(ack, sndUna) && SequenceNumber.beforeOrAt(ack, sndNxt);
  }

  /** Data sent, without what was sent again. */
  long bytesSent() {
    return bytesSent;
  }

  /** {@code n} octets of new data go out, and the FIN if {@code fin}. */
  void onSent(int n, boolean fin) {
    sndNxt += n + (fin ? 1 : 0);
    if (SequenceNumber.beforeOrAt(sndNxt, sndUna + sndWnd)) {
      invited = sndNxt;
    }
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

  /**
   * {@code segment} offers {@code window}, scaled; returns whether that opens a closed one.
   *
   * <p>An old segment must not change the window. RFC 9293 section 3.10.7.4 tells its age by SEG.SEQ; a peer that sees our
   * window shrink numbers its segments lower than before, so that two more are believed: one that acknowledges more than any
   * other before was sent after them, and one that answers a probe speaks of now.
   *
   * @param advances whether the segment acknowledges something new
   * @param answersProbe whether a probe of the closed window was unanswered until now
   */
  boolean onWindow(TcpSegment segment, int window, boolean advances, boolean answersProbe) {
    boolean newer = advances
        || SequenceNumber.before(sndWl1, segment.seq())
        || sndWl1 == segment.seq() && SequenceNumber.beforeOrAt(sndWl2, segment.ack());
    boolean reopened = sndWnd == 0 && window > 0;
    if (newer) {
      sndWl1 = segment.seq();
      sndWl2 = segment.ack();
    } else if (!reopened || !answersProbe) {
      return false;
    }
    sndWnd = window;
    maxSndWnd = Math.max(maxSndWnd, window);
    return reopened;
  }
}
