package io.reactorstack.tcp.engine;

import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/** Chooses the next segment that a connection sends: a RST, the handshake's, data, a probe or an acknowledgement. */
final class SegmentDeparture {

  private final Connection connection;
  private final SegmentBuilder builder;
  private ResetSegments.@Nullable Fields pendingReset;

  SegmentDeparture(Connection connection, SegmentBuilder builder) {
    this.connection = connection;
    this.builder = builder;
  }

  /** Schedules a RST that answers {@code segment}. */
  void reset(TcpSegment segment) {
    if (pendingReset == null) {
      pendingReset = ResetSegments.fieldsAnswering(segment);
    }
  }

  /** Returns whether a RST waits to be sent. */
  boolean isResetDue() {
    return pendingReset != null;
  }

  /** Schedules a RST for the peer, if the present state requires one. */
  void resetPeer() {
    switch (connection.state()) {
      case State.SynReceived s -> resetPeer(s.handshake().iss() + 1, s.receiver());
      case State.Established s -> resetPeer(s.sender().space().controlSeq(), s.receiver());
      case State.FinWait1 s -> resetPeer(s.sender().space().controlSeq(), s.receiver());
      case State.FinWait2 s -> resetPeer(s.sender().space().controlSeq(), s.receiver());
      case State.CloseWait s -> resetPeer(s.sender().space().controlSeq(), s.receiver());
      case State.SynSent s -> {}
      case State.Closing s -> resetUnfinished(s);
      case State.LastAck s -> resetUnfinished(s);
      case State.TimeWait s -> {}
      case State.Closed s -> {}
    }
  }

  /**
   * Schedules a RST in CLOSING or LAST-ACK if the peer cannot have our FIN. RFC 9293 3.10.5 sends nothing in these
   * states, because it enters them when the FIN is sent (3.10.4). Here the FIN may still wait behind data or for the
   * window; without a RST the peer would wait for it forever.
   */
  private void resetUnfinished(State.Transfer state) {
    SendSpace space = state.sender().space();
    if (!space.isFinDeliverable()) {
      resetPeer(space.controlSeq(), state.receiver());
    }
  }

  private void resetPeer(int seq, Receiver receiver) {
    int flags = TcpSegment.RST | TcpSegment.ACK;
    pendingReset = new ResetSegments.Fields(seq, receiver.rcvNxt(), flags, TcpOptions.NONE);
  }

  /** Returns the next segment, or {@code null}. */
  @Nullable
  TcpSegment poll(long now) {
    ResetSegments.Fields reset = pendingReset;
    if (reset != null) {
      pendingReset = null;
      TcpOptions options = reset.options().equals(TcpOptions.NONE)
          ? connection.parts().timestamps.option(now)
          : reset.options();
      return builder.reset(reset.seq(), reset.ack(), reset.flags(), options);
    }
    return switch (connection.state()) {
      case State.SynSent s -> s.handshake().pollSyn(builder, now);
      case State.SynReceived s -> {
        TcpSegment synAck = s.handshake().pollSynAck(builder, s.receiver(), now);
        yield synAck != null ? synAck : pollAck(s.handshake().iss() + 1, s.receiver(), now);
      }
      case State.Transfer s -> pollTransfer(s.sender(), s.receiver(), now);
      case State.TimeWait s -> pollAck(s.sndNxt(), s.receiver(), now);
      case State.Closed s -> null;
    };
  }

  /**
   * Returns whether {@link #poll} certainly returns {@code null} until something happens: a quick answer for the usual
   * case, in which the last segment carried all the data and the acknowledgement.
   */
  boolean isExhausted() {
    return pendingReset == null
        && connection.state() instanceof State.Transfer s
        && !connection.parts().userTimeout.isDue()
        && connection.keepAlive() == null
        && !s.receiver().acks().isDue()
        && !s.receiver().isWindowUpdateDue()
        && s.sender().isExhausted();
  }

  private @Nullable TcpSegment pollTransfer(SendingHalf sender, Receiver receiver, long now) {
    if (connection.parts().userTimeout.isDue()) {
      // The option gets a segment of its own: it would not fit into a full-sized one.
      return builder.announcement(connection.parts().userTimeout.takeDue(), sender.space().controlSeq(), receiver, now);
    }
    if (sender.isWindowProbeDue() && (receiver.acks().isPending() || receiver.isWindowUpdateDue())) {
      // The peer may drop a probe as a whole, with the acknowledgement and window it carries. If both sides probe in
      // step, each would drop the other's. So the acknowledgement goes in a segment of its own, before the probe.
      return builder.ack(sender.space().controlSeq(), receiver, now);
    }
    TcpSegment data = receiver.acks().isDuplicateDue() ? null : sender.poll(builder, receiver, now);
    if (data != null) {
      int size = data.facts().segmentSize();
      int bytes = connection.parts().size.packet(size == 0 ? data.payloadLength() : size,
          connection.parts().timestamps.optionBytes());
      connection.pathReports().onSent(bytes, data.seq(), data.end());
      return data;
    }
    KeepAlive keepAlive = connection.keepAlive();
    if (keepAlive != null && keepAlive.takeProbe() && sender.isIdle()) {
      // MUST-26: no probe if data was sent after it became due. The octet of garbage, if any, has a sequence number
      // that the peer has already acknowledged.
      return builder.probe(sender.space().sndUna() - 1, connection.parts().setup.quirks().keepAliveOctet(), receiver,
          now);
    }
    return pollAck(sender.space().controlSeq(), receiver, now);
  }

  private @Nullable TcpSegment pollAck(int seq, Receiver receiver, long now) {
    return receiver.acks().isDue() || receiver.isWindowUpdateDue() ? builder.ack(seq, receiver, now) : null;
  }
}
