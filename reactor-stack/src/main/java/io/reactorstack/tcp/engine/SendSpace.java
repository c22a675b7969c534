package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.wire.TcpSegment;

/**
 * The send sequence space of a synchronized connection (RFC 9293 section 3.3.1): what is acknowledged, what is sent,
 * what the peer's window allows, and what is still unsent.
 */
final class SendSpace {

  private final SendBuffer buffer;
  /** The shift of the peer's window field, which counts in units of 2<sup>scale</sup> bytes. */
  private final int scale;
  private int sndUna;
  private int sndNxt;
  private int sndWnd;
  private int sndWl1;
  private int sndWl2;
  private int maxSndWnd;
  /** The sequence number after the last octet that was inside the peer's window when it was sent. */
  private int invited;
  private boolean finSent;
  private long bytesSent;

  /** Creates the sequence space at the end of the handshake; {@code ack} is the segment that acknowledged our SYN. */
  SendSpace(ConnectionParts parts, NegotiatedOptions agreement, TcpSegment ack, int window) {
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

  /** The usable window; negative if the peer has shrunk its window. */
  int usable() {
    return sndWnd - flightSize();
  }

  /**
   * Returns the right edge of the peer's window, as far as it can be known. If the units of the window field are too
   * coarse, the field may show the edge up to one unit too far left; the peer still accepts what was sent up to the
   * real edge (RFC 7323 section 2.4). An octet sent as a probe of a closed window is no evidence of the edge.
   */
  int rightEdge() {
    int shown = sndUna + sndWnd;
    int hidden = invited - shown;
    return hidden > 0 && hidden < 1 << scale ? invited : shown;
  }

  /**
   * Returns whether octets beyond the peer's window are in flight: a probe of a closed window, or data that a shrunk
   * window no longer covers.
   */
  boolean isBeyondWindow() {
    return SequenceNumber.after(sndNxt, rightEdge());
  }

  /**
   * Returns SEG.SEQ of a segment without text: SND.NXT, but not beyond the right edge of the peer's window. Beyond it
   * the peer would drop the segment with its acknowledgement and window (RFC 9293 section 3.10.7.4, first check). A
   * peer that has accepted more than it advertised answers with an acknowledgement of it.
   */
  int controlSeq() {
    return SequenceNumber.earlier(sndNxt, rightEdge());
  }

  /** The octets of data that were never sent. */
  int unsent() {
    return finSent ? 0 : buffer.length() - flightSize();
  }

  /** Returns whether everything written is acknowledged, apart from a FIN. */
  boolean isSettled() {
    return flightSize() == 0 && unsent() == 0;
  }

  /** Returns whether a FIN is still to be sent after the unsent data. */
  boolean isFinDue() {
    return buffer.isShut() && !finSent;
  }

  boolean isFinAcknowledged() {
    return finSent && sndUna == sndNxt;
  }

  /** Returns whether our FIN was sent and lies inside the peer's window, as far as that can be known. */
  boolean isFinDeliverable() {
    return finSent && !isBeyondWindow();
  }

  /** Returns whether our FIN was sent and everything before it was acknowledged, but not the FIN itself. */
  boolean isOnlyFinUnacknowledged() {
    return finSent && flightSize() == 1;
  }

  /** Returns whether {@code seq} was sent and is not yet acknowledged. */
  boolean isInFlight(int seq) {
    return SequenceNumber.inRange(seq, sndUna, sndNxt);
  }

  /** Returns whether {@code ack} lies between SND.UNA - MAX.SND.WND and SND.NXT (RFC 5961 section 5.2). */
  boolean isAckAcceptable(int ack) {
    return SequenceNumber.beforeOrAt(ack, sndNxt) && SequenceNumber.afterOrAt(ack, sndUna - maxSndWnd);
  }

  /** Returns whether {@code ack} acknowledges something new. */
  boolean isNews(int ack) {
    return SequenceNumber.after(ack, sndUna) && SequenceNumber.beforeOrAt(ack, sndNxt);
  }

  /** The number of data bytes sent, without retransmissions. */
  long bytesSent() {
    return bytesSent;
  }

  /** Notes that {@code n} octets of new data are sent, and the FIN if {@code fin}. */
  void onSent(int n, boolean fin) {
    sndNxt += n + (fin ? 1 : 0);
    if (SequenceNumber.beforeOrAt(sndNxt, sndUna + sndWnd)) {
      invited = sndNxt;
    }
    finSent |= fin;
    bytesSent += n;
  }

  /** Notes that everything before {@code ack} is acknowledged; {@code ack} must be after SND.UNA. */
  void onAcknowledged(int ack) {
    int octets = ack - sndUna;
    boolean finAcked = finSent && ack == sndNxt;
    buffer.acknowledge(finAcked ? octets - 1 : octets);
    sndUna = ack;
  }

  /**
   * Processes the scaled {@code window} of {@code segment}; returns whether it opens a closed window.
   *
   * <p>An old segment must not change the window. RFC 9293 section 3.10.7.4 determines its age by SEG.SEQ. But a peer
   * that sees our window shrink sends lower sequence numbers than before, so two more kinds of segments are trusted:
   * one that acknowledges something new was sent after all earlier ones, and one that answers a probe is recent.
   *
   * @param advances whether the segment acknowledges something new
   * @param answersProbe whether a probe of the closed window was unanswered until this segment
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
