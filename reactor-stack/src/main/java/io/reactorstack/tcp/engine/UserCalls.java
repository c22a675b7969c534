package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.CloseCause;

/** What the user of a connection asks for (RFC 9293 sections 3.10.2 to 3.10.5), and what holds because of it. */
final class UserCalls {

  private final Connection connection;
  private final SendBuffer output;
  private final SendPolicy policy;
  private CongestionControl.Factory congestionControl;
  private boolean inputDiscarded;
  private boolean inputShut;

  UserCalls(Connection connection) {
    this.connection = connection;
    this.output = connection.parts().output;
    this.policy = connection.parts().policy;
    this.congestionControl = connection.parts().settings.congestion().congestionControl();
  }

  // ---- sending

  int write(ByteBuf data, boolean more, boolean urgent, long now) {
    policy.more(more);
    int n = output.write(data, urgent);
    if (n > 0 && connection.state() instanceof State.Transfer s) {
      s.sender().onQueued(now);
    }
    return n;
  }

  void noDelay(boolean on) {
    policy.noDelay(on);
    if (on) {
      push();
    }
  }

  void cork(boolean on) {
    policy.cork(on);
    if (!on) {
      policy.more(false);
    }
  }

  /** What is held back goes out now. */
  private void push() {
    policy.more(false);
    if (policy.isCorked() && connection.state() instanceof State.Transfer s) {
      s.sender().onOverrideTimeout();
    }
  }

  /** Another congestion control is wanted; one that is at work already hands over its window. */
  void congestionControl(CongestionControl.Factory factory) {
    congestionControl = factory;
    if (connection.state() instanceof State.Transfer s) {
      s.sender().exchangeControl(factory);
    }
  }

  CongestionControl.Factory congestionControl() {
    return congestionControl;
  }

  /** Another timeout is wanted. */
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
    if (output.isShut()) {
      return;
    }
    output.shut();
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
   * The user reads no more, and has not closed: no CLOSE in the sense of RFC 9293 section 3.6.1, so what the peer sends is
   * taken and thrown away, and draws no RST.
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
   * The user closes the input. What is there is thrown away without a RST, as Linux does: that would also destroy what the user
   * has written before and the peer has not got.
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
        if (output.isShut()) {
          connection.fail(CloseCause.ABORTED, now);
        }
      }
      case State.Transfer s -> connection.onOrphan(now);
      case State.SynReceived s -> {}
      case State.TimeWait s -> {}
      case State.Closed s -> {}
    }
  }

  /** Whether the user has shut the input down. */
  boolean isInputShut() {
    return inputShut;
  }

  /** Whether the user reads no more, be the input shut down or not. */
  boolean isInputDiscarded() {
    return inputDiscarded;
  }

  void finWait2Timeout(long nanos, long now) {
    connection.linger().finWait2Timeout(nanos);
    if (connection.state() instanceof State.FinWait2) {
      connection.onOrphan(now);
    }
  }

  /** RFC 9293 section 3.10.5. */
  void abort(long now) {
    cutOff(now);
    connection.forgetInput();
  }

  /** As {@link #abort}, but by the stack: the user may still read what was received in order. */
  void cutOff(long now) {
    if (!(connection.state() instanceof State.Closed)) {
      connection.abort(CloseCause.ABORTED, now);
    }
  }
}
