package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.wire.TcpSegment;

/**
 * Processes arriving segments: the checks of RFC 9293 section 3.10.7 in their order, with those of RFC 5961 and RFC
 * 7323.
 */
final class SegmentArrival {

  private final Connection connection;
  private long discarded;

  SegmentArrival(Connection connection) {
    this.connection = connection;
  }

  /** The number of segments whose contents were not used. */
  long discarded() {
    return discarded;
  }

  void onSegment(TcpSegment segment, long now) {
    switch (connection.state()) {
      case State.SynSent s -> onSynSent(s.handshake(), segment, now);
      case State.SynReceived s -> onSynReceived(s, segment, now);
      case State.Transfer s -> onTransfer(s, segment, now);
      case State.TimeWait s -> onTimeWait(s, segment, now);
      // 3.10.7.1: the owner answers segments for connections that do not exist.
      case State.Closed s -> {
        discarded++;
        connection.departure().reset(segment);
      }
    }
  }

  /** Processes a segment in SYN-SENT (3.10.7.3). */
  private void onSynSent(Handshake handshake, TcpSegment segment, long now) {
    boolean acked = segment.has(TcpSegment.ACK);
    if (acked && !handshake.isAckAcceptable(segment.ack())) {
      discarded++;
      if (!segment.has(TcpSegment.RST)) {
        connection.departure().reset(segment);
        handshake.onOldConnection();
      }
      return;
    }
    if (segment.has(TcpSegment.RST)) {
      // RFC 5961 3.2: only a RST that acknowledges our SYN is valid.
      if (acked) {
        connection.fail(CloseCause.REFUSED, now);
      } else {
        discarded++;
      }
      return;
    }
    if (!segment.has(TcpSegment.SYN)) {
      discarded++;
      return;
    }
    Receiver receiver = handshake.onSyn(segment, now);
    if (!acked) {
      // Simultaneous open (MUST-10).
      receiver.keepForLater(segment.seq() + 1, segment.payload(), segment.has(TcpSegment.FIN));
      handshake.onDue();
      connection.become(new State.SynReceived(handshake, receiver, false), now);
      return;
    }
    State.Transfer s = connection.establish(receiver, segment, segment.window(), now);
    receiver.acks().onDue();
    onText(s, segment.seq() + 1, segment, now);
  }

  private void onSynReceived(State.SynReceived s, TcpSegment segment, long now) {
    Receiver receiver = s.receiver();
    int seq = segment.seq();
    int length = segment.sequenceLength();
    boolean repeatedSyn = segment.has(TcpSegment.SYN) && !segment.has(TcpSegment.RST) && seq == receiver.irs();
    if (repeatedSyn) {
      if (!segment.has(TcpSegment.ACK)) {
        // The peer has not received our SYN-ACK.
        receiver.ecn().onRepeatedSyn(segment);
        s.handshake().onRepeatedSyn(segment);
        return;
      }
      // The SYN-ACK of a simultaneous open: its SYN is a repetition, its acknowledgement is new.
      seq++;
      length--;
    }
    if (!isAcceptable(receiver, segment, seq, length, now)
        || segment.has(TcpSegment.RST) && !isExactReset(receiver, segment, now)) {
      discarded++;
      return;
    }
    if (segment.has(TcpSegment.RST)) {
      connection.fail(s.passive() ? CloseCause.RESET_BY_PEER : CloseCause.REFUSED, now);
      return;
    }
    if (segment.has(TcpSegment.SYN) && !repeatedSyn) {
      if (s.passive()) {
        // RFC 9293 3.10.7.4, fourth check: a passive open returns to LISTEN.
        connection.fail(CloseCause.RESET_BY_PEER, now);
      } else {
        discarded++;
        connection.challenge(receiver, now);
      }
      return;
    }
    if (!segment.has(TcpSegment.ACK)) {
      discarded++;
      return;
    }
    if (!s.handshake().isAckAcceptable(segment.ack())) {
      discarded++;
      connection.departure().reset(segment);
      return;
    }
    int window = repeatedSyn ? segment.window() : segment.window() << s.handshake().agreement().scales().send();
    State.Transfer next = connection.establish(receiver, segment, window, now);
    onAccepted(receiver, segment, seq, now);
    if (repeatedSyn) {
      // Its SYN was received before, and like any repeated segment it is acknowledged.
      receiver.acks().onDue();
    }
    onText(next, seq, segment, now);
  }

  private void onTransfer(State.Transfer s, TcpSegment segment, long now) {
    Receiver receiver = s.receiver();
    if (!isAcceptable(receiver, segment, segment.seq(), segment.sequenceLength(), now)) {
      discarded++;
      return;
    }
    boolean refused = receiver.isAtEdge(segment.seq(), segment.sequenceLength());
    if (segment.has(TcpSegment.RST)) {
      if (isExactReset(receiver, segment, now)) {
        onReset(s, now);
      } else {
        discarded++;
      }
      return;
    }
    if (!segment.has(TcpSegment.ACK)) {
      discarded++;
      return;
    }
    SendingHalf sender = s.sender();
    if (!sender.space().isAckAcceptable(segment.ack())) {
      // RFC 5961 5.2: the acknowledgement is too old, or of data never sent.
      discarded++;
      connection.challenge(receiver, now);
      return;
    }
    onAccepted(receiver, segment, segment.seq(), now);
    if (segment.options().hasUserTimeout()) {
      connection.parts().userTimeout.onAnnounced(segment.options().userTimeout(), connection.parts().rtt.rto());
    }
    KeepAlive keepAlive = connection.keepAlive();
    if (keepAlive != null) {
      keepAlive.onHeard(now);
    }
    onAck(s, segment, now);
    if (!(connection.state() instanceof State.Transfer next)) {
      return;
    }
    if (refused) {
      onRefusedText(receiver, segment, now);
    } else {
      onText(next, segment.seq(), segment, now);
    }
  }

  /** Processes an acceptable acknowledgement (3.10.7.4, fifth check). */
  private void onAck(State.Transfer s, TcpSegment segment, long now) {
    SendSpace space = s.sender().space();
    int sndUna = space.sndUna();
    s.sender().onAck(segment, now);
    if (space.sndUna() != sndUna) {
      connection.onOrphan(now);
    }
    if (space.isFinAcknowledged()) {
      connection.become(State.afterFinAcknowledged(s), now);
    }
  }

  /**
   * Uses the acknowledgement of a segment that starts before RCV.NXT and carries nothing new. It can be the only one
   * that the peer is able to send: if both sides have sent data beyond each other's window, and both have accepted more
   * than they advertised, both number their segments too low (see {@link SendSpace#controlSeq}). Only an
   * acknowledgement of something new is used, because such a segment cannot be old.
   */
  private void onOldAck(Receiver receiver, TcpSegment segment, long now) {
    if (segment.has(TcpSegment.ACK)
        && SequenceNumber.before(segment.seq(), receiver.rcvNxt())
        && receiver.isNear(segment.seq(), segment.sequenceLength())
        && connection.state() instanceof State.Transfer s
        && s.sender().space().isBeyondWindow()
        && s.sender().space().isNews(segment.ack())) {
      onAck(s, segment, now);
    }
  }

  /** Acknowledges and drops the text of a segment at the window's edge, but processes URG (MUST-66). */
  private void onRefusedText(Receiver receiver, TcpSegment segment, long now) {
    onUrgent(receiver, segment.seq(), segment);
    if (segment.sequenceLength() > 0) {
      receiver.ecn().onData(segment, receiver.acks());
      receiver.acks().onDue();
    } else if (receiver.acceptance() > 0) {
      connection.challenge(receiver, now);
    }
  }

  /**
   * Processes a valid RST (3.10.7.4, second check). The close is orderly if only the acknowledgement of our FIN was
   * missing.
   */
  private void onReset(State.Transfer s, long now) {
    boolean closing = s instanceof State.Closing || s instanceof State.LastAck;
    if (closing && s.sender().space().isOnlyFinUnacknowledged()) {
      connection.become(new State.Closed(CloseCause.FINISHED, s.receiver()), now);
    } else {
      connection.fail(CloseCause.RESET_BY_PEER, now);
    }
  }

  private void onUrgent(Receiver receiver, int seq, TcpSegment segment) {
    if (segment.has(TcpSegment.URG)) {
      connection.parts().changes |= TcpEngine.URGENT_CHANGED;
      receiver.onUrgent(seq + segment.urgentPointer());
    }
  }

  /** Processes URG, data and FIN (3.10.7.4, sixth to eighth checks). */
  private void onText(State.Transfer s, int seq, TcpSegment segment, long now) {
    Receiver receiver = s.receiver();
    ByteBuf payload = segment.payload();
    if (receiver.isFinReceived()) {
      // Nothing can follow the peer's FIN: such data is a repetition or an error. An acknowledgement of the FIN answers
      // it.
      if (segment.sequenceLength() > 0) {
        receiver.acks().onDue();
      }
      return;
    }
    onUrgent(receiver, seq, segment);
    boolean fin = segment.has(TcpSegment.FIN);
    if (!payload.isReadable() && !fin) {
      return;
    }
    if (connection.calls().isInputShut() && connection.parts().output.isShut()
        && bringsNewData(receiver, seq, payload)) {
      // RFC 9293 3.6.1: the user has closed and will never read this data, so the peer gets a RST.
      connection.departure().reset(segment);
      connection.fail(CloseCause.ABORTED, now);
      return;
    }
    if (payload.isReadable()) {
      receiver.ecn().onData(segment, receiver.acks());
    }
    receiver.onData(seq, segment, now);
    if (receiver.isFinReceived()) {
      connection.become(State.afterPeerFin(s), now);
    } else if (s instanceof State.FinWait2 && !connection.calls().isInputShut()) {
      // Data of the peer, even if it is discarded, restarts the FIN-WAIT-2 timeout.
      connection.onOrphan(now);
    }
  }

  private static boolean bringsNewData(Receiver receiver, int seq, ByteBuf payload) {
    return SequenceNumber.after(seq + payload.readableBytes(), receiver.rcvNxt());
  }

  private void onTimeWait(State.TimeWait s, TcpSegment segment, long now) {
    Receiver receiver = s.receiver();
    switch (TimeWait.kindOf(segment, receiver.rcvNxt(), receiver.acceptance())) {
      case RESET -> discarded++;
      case REPEATED_FIN -> {
        connection.restartTimeWait(now);
        receiver.acks().onDue();
      }
      case STRAY -> {
        discarded++;
        connection.challenge(receiver, now);
      }
      case ACKNOWLEDGEMENT -> {}
    }
  }

  // ---- checks

  /** Checks PAWS (RFC 7323 5.3), then SYN (RFC 5961 4.2), then the window (3.10.7.4, first check). */
  private boolean isAcceptable(Receiver receiver, TcpSegment segment, int seq, int length, long now) {
    boolean reset = segment.has(TcpSegment.RST);
    if (!reset && connection.parts().timestamps.isOld(segment.options(), now)) {
      refuse(receiver, seq, length, now);
      return false;
    }
    if (segment.has(TcpSegment.SYN) && connection.state() instanceof State.Transfer && !reset) {
      connection.challenge(receiver, now);
      return false;
    }
    // SHLD-2: the text of a RST is ignored.
    if (receiver.isAcceptable(seq, reset ? 0 : length)) {
      return true;
    }
    // 3.10.7.4: a closed window accepts no text, but a valid ACK, URG or RST is processed (MUST-66).
    if (connection.state() instanceof State.Transfer
        && receiver.isAtEdge(seq, length)
        && (!reset || receiver.acceptance() == 0)) {
      return true;
    }
    if (!reset) {
      refuse(receiver, seq, length, now);
      onOldAck(receiver, segment, now);
    }
    return false;
  }

  /**
   * Answers an old or stray segment. The answer is not rate-limited only if the segment carries data or a flag that
   * takes a sequence number, so that it cannot itself be such an answer (ACK storms), and lies near the window, so that
   * it is unlikely to be a guess.
   */
  private void refuse(Receiver receiver, int seq, int length, long now) {
    if (length > 0 && receiver.isNear(seq, length)) {
      receiver.onRefused(seq, length);
    } else {
      connection.challenge(receiver, now);
    }
  }

  /**
   * Returns whether a RST starts exactly at RCV.NXT. RFC 5961 3.2: a RST elsewhere in the window draws a challenge ACK.
   */
  private boolean isExactReset(Receiver receiver, TcpSegment segment, long now) {
    if (segment.seq() == receiver.rcvNxt()) {
      return true;
    }
    connection.challenge(receiver, now);
    return false;
  }

  /**
   * Updates the timestamp to echo. RFC 7323 4.3: it comes from segments that start at or before the last
   * acknowledgement sent.
   */
  private void onAccepted(Receiver receiver, TcpSegment segment, int seq, long now) {
    if (SequenceNumber.beforeOrAt(seq, receiver.lastAckSent())) {
      connection.parts().timestamps.onAccepted(segment.options(), now);
    }
  }
}
