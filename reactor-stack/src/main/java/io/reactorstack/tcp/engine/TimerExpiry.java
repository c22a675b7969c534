package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;

/** Handles the timers of a connection that have expired, each according to its kind (RFC 9293 section 3.10.8). */
final class TimerExpiry {

  private final Connection connection;

  TimerExpiry(Connection connection) {
    this.connection = connection;
  }

  void onTimeout(long now) {
    Deadlines deadlines = connection.parts().deadlines;
    for (Kind kind = deadlines.takeDue(now); kind != null; kind = deadlines.takeDue(now)) {
      onTimeout(kind, now);
    }
  }

  private void onTimeout(Kind kind, long now) {
    switch (kind) {
      case RETRANSMISSION -> onRetransmissionTimeout(now);
      case REORDERING -> {
        if (connection.state() instanceof State.Transfer s) {
          s.sender().sender().onReorderingTimeout(now);
        }
      }
      case TAIL_PROBE -> {
        if (connection.state() instanceof State.Transfer s) {
          s.sender().sender().onProbeTimeout(now);
        }
      }
      // The owner calls poll after every timeout.
      case CONGESTION_HOLD -> {}
      case PERSIST -> {
        if (connection.state() instanceof State.Transfer s) {
          s.sender().sender().onPersistTimeout();
        }
      }
      case SEND_OVERRIDE -> {
        if (connection.state() instanceof State.Transfer s) {
          s.sender().sender().onOverrideTimeout();
        }
      }
      // The owner calls poll after every timeout.
      case PACING -> {}
      case DELAYED_ACK -> {
        Receiver receiver = connection.receiver();
        if (receiver != null) {
          receiver.acks().onTimeout();
        }
      }
      case USER_TIMEOUT -> connection.fail(CloseCause.RETRANSMISSION_TIMEOUT, now);
      case KEEP_ALIVE -> onKeepAlive(now);
      case ORPHAN -> connection.abort(CloseCause.ORPHAN_TIMEOUT, now);
      case FIN_WAIT_2 -> connection.fail(CloseCause.HALF_CLOSE_TIMEOUT, now);
      case TIME_WAIT -> connection.become(new State.Closed(CloseCause.FINISHED, connection.receiver()), now);
    }
  }

  private void onKeepAlive(long now) {
    KeepAlive keepAlive = connection.keepAlive();
    if (keepAlive != null
        && connection.state() instanceof State.Transfer s
        && keepAlive.onTimeout(!s.sender().isIdle(), now)) {
      connection.abort(CloseCause.KEEP_ALIVE_TIMEOUT, now);
    }
  }

  private void onRetransmissionTimeout(long now) {
    TcpSettings settings = connection.parts().settings;
    switch (connection.state()) {
      case State.SynSent s -> onHandshakeTimeout(s.handshake(), settings.timers().synRetries(), now);
      case State.SynReceived s -> onHandshakeTimeout(
          s.handshake(), s.passive() ? settings.timers().synAckRetries() : settings.timers().synRetries(), now);
      case State.Transfer s -> {
        s.sender().sender().onRetransmissionTimeout(now);
        connection.pathReports().onRetransmissionTimeout(s.sender(), now);
      }
      case State.TimeWait s -> {}
      case State.Closed s -> {}
    }
  }

  /**
   * Retransmits without waiting for the timer. RFC 6069 section 4 does so when a router reports that the path was
   * broken; here the outage of our own link is certain. Timeouts that doubled the timer during the outage are no sign
   * of congestion.
   */
  void onLinkUp(long now) {
    switch (connection.state()) {
      case State.SynSent s -> s.handshake().onLinkUp();
      case State.SynReceived s -> s.handshake().onLinkUp();
      case State.Transfer s -> s.sender().onLinkUp(now);
      case State.TimeWait s -> {}
      case State.Closed s -> {}
    }
  }

  private void onHandshakeTimeout(Handshake handshake, int retries, long now) {
    if (handshake.onTimeout(retries, now)) {
      connection.fail(CloseCause.HANDSHAKE_TIMEOUT, now);
    }
  }
}
