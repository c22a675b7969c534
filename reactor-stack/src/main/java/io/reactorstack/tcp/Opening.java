package io.reactorstack.tcp;

import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.TcpState;
import org.jspecify.annotations.Nullable;

/**
 * How a connection comes about: in whose queues it is until it is accepted, and what Fast Open allows and teaches on the way
 * (RFC 7413).
 */
final class Opening {

  private final TcpStage stage;
  private final TcpSocket socket;
  private final TcpEngine engine;
  /** Whose queue it is in until it is accepted; {@code null} for an active open. */
  private @Nullable TcpListener listener;
  /** Who counts it while data is taken before its handshake has ended. */
  private @Nullable TcpListener fastOpenListener;
  private boolean connected;

  Opening(TcpStage stage, TcpSocket socket, TcpEngine engine, @Nullable TcpListener listener) {
    this.stage = stage;
    this.socket = socket;
    this.engine = engine;
    this.listener = listener;
  }

  /** Whether the handshake has ever completed, or the connection may be used before it has. */
  boolean isConnected() {
    return connected;
  }

  /** Whether the peer has begun the connection and not yet completed its handshake. */
  boolean isHalfOpen() {
    return listener != null && !connected;
  }

  /** Whether the handshake cannot be completed because no more connections can wait to be accepted. */
  boolean isAcceptorBusy() {
    return listener != null && !connected && listener.isFull();
  }

  /** Its acceptor has it now. */
  void onAccepted() {
    listener = null;
  }

  /** The SYN came to {@code answering} with a Fast Open cookie, or asked for one. */
  void answerFastOpen(TcpListener answering, boolean takesData, byte @Nullable [] cookie) {
    if (takesData) {
      fastOpenListener = answering;
    }
    engine.answerFastOpen(takesData, cookie);
    socket.settle(true);
  }

  /** To be called after every input; returns whether the connection has been established since the last call. */
  boolean look() {
    TcpState state = engine.state();
    TcpListener fast = fastOpenListener;
    if (fast != null && state != TcpState.SYN_RECEIVED) {
      fastOpenListener = null;
      fast.onFastOpenEnded();
    }
    if (connected || !state.isSynchronized() && !engine.isFastOpen()) {
      return false;
    }
    connected = true;
    learnFastOpen();
    if (listener != null) {
      listener.onEstablished(socket);
    }
    return true;
  }

  /** The connection has ended, perhaps before it was one. */
  void onEnd() {
    if (!connected) {
      learnFastOpen();
    }
    if (listener != null) {
      listener.onEnded(socket);
    }
  }

  /** The data that the connection had left when it ended is gone: nothing is left to accept it for. */
  void onLeftoversGone() {
    if (listener != null) {
      listener.onEnded(socket);
    }
  }

  private void learnFastOpen() {
    stage.fastOpen().learn(socket.remote().address(), engine.fastOpenResult(), connected, stage.turn().now());
  }
}
