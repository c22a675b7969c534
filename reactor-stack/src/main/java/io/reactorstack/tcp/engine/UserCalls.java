package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.CloseCause;

/** Carries out the user's calls (RFC 9293 sections 3.10.2 to 3.10.5) and keeps the settings that they change. */
final class UserCalls {

  private final Connection connection;
  private CongestionControl.Factory congestionControl;
  private boolean inputDiscarded;
  private boolean inputShut;

  UserCalls(Connection connection) {
    this.connection = connection;
    this.congestionControl = connection.parts().settings.congestion().congestionControl();
  }

  // ---- sending

  int write(ByteBuf data, boolean more, boolean urgent, long now) {
    connection.parts().policy.more(more);
    int n = connection.parts().output.write(data, urgent);
    if (n > 0 && connection.state() instanceof State.Transfer s) {
      s.sender().onQueued(now);
    }
    return n;
  }

  void noDelay(boolean on) {
    connection.parts().policy.noDelay(on);
    if (on) {
      push();
    }
  }

  void cork(boolean on) {
    connection.parts().policy.cork(on);
    if (!on) {
      connection.parts().policy.more(false);
    }
  }

  /** Releases the data that is held back. */
  private void push() {
    connection.parts().policy.more(false);
    if (connection.parts().policy.isCorked() && connection.state() instanceof State.Transfer s) {
      s.sender().sender().onOverrideTimeout();
    }
  }

  /** Sets the congestion control; if the connection is established, the present one hands over its window. */
  void congestionControl(CongestionControl.Factory factory) {
    if (connection.state() instanceof State.Transfer s) {
      s.sender().exchangeControl(factory);
    }
    congestionControl = factory;
  }

  CongestionControl.Factory congestionControl() {
    return congestionControl;
  }

  /** Sets the user timeout, in nanoseconds. */
  void userTimeout(long nanos, long now) {
    connection.parts().userTimeout.set(nanos);
    if (connection.state() instanceof State.Transfer s) {
      s.sender().onQueued(now);
    }
  }

  // ---- receiving

  void quickAck(boolean on) {
    Receiver receiver = connection.receiver();
    if (receiver != null) {
      receiver.acks().quickAck(on);
    }
  }

  void receiveCapacity(int bytes) {
    connection.parts().capacity.fix(bytes);
    Receiver receiver = connection.receiver();
    if (receiver != null) {
      receiver.capacity(bytes);
    }
  }

  // ---- closing

  void shutdownOutput(long now) {
    if (connection.parts().output.isShut()) {
      return;
    }
    connection.parts().output.shut();
    switch (connection.state()) {
      case State.SynSent s -> {
        if (inputShut) {
          // RFC 9293 3.10.4: a CLOSE in SYN-SENT deletes the connection.
          connection.fail(CloseCause.ABORTED, now);
        }
      }
      case State.Transfer s -> {
        connection.become(State.afterShutdown(s), now);
        s.sender().onQueued(now);
      }
      case State.SynReceived s -> {}
      case State.TimeWait s -> {}
      case State.Closed s -> {}
    }
  }

  /**
   * Stops reading without closing the input. This is not a CLOSE as in RFC 9293 section 3.6.1, so the peer's data is
   * accepted and discarded, and draws no RST.
   */
  void discardInput(long now) {
    if (inputDiscarded) {
      return;
    }
    inputDiscarded = true;
    Receiver receiver = connection.receiver();
    if (receiver != null) {
      receiver.discard();
    }
    connection.onOrphan(now);
  }

  /**
   * Closes the input. Unread data is discarded without a RST, as in Linux, because a RST would also destroy data that
   * the user has written and the peer has not received.
   */
  void shutdownInput(long now) {
    if (inputShut) {
      return;
    }
    inputShut = true;
    inputDiscarded = true;
    Receiver receiver = connection.receiver();
    if (receiver != null) {
      receiver.discard();
    }
    switch (connection.state()) {
      case State.SynSent s -> {
        if (connection.parts().output.isShut()) {
          connection.fail(CloseCause.ABORTED, now);
        }
      }
      case State.Transfer s -> connection.onOrphan(now);
      case State.SynReceived s -> {}
      case State.TimeWait s -> {}
      case State.Closed s -> {}
    }
  }

  /** Returns whether the user has shut down the input. */
  boolean isInputShut() {
    return inputShut;
  }

  /** Returns whether the user no longer reads, with or without shutting down the input. */
  boolean isInputDiscarded() {
    return inputDiscarded;
  }

  void finWait2Timeout(long nanos, long now) {
    connection.linger().finWait2Timeout(nanos);
    if (connection.state() instanceof State.FinWait2) {
      connection.onOrphan(now);
    }
  }

  /** Ends the connection at the user's request (RFC 9293 section 3.10.5). */
  void abort(long now) {
    cutOff(now);
    connection.forgetInput();
  }

  /** As {@link #abort}, but at the request of the stack: the user may still read what was received in order. */
  void cutOff(long now) {
    if (!(connection.state() instanceof State.Closed)) {
      connection.abort(CloseCause.ABORTED, now);
    }
  }
}
