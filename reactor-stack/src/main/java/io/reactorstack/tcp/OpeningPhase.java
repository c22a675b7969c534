package io.reactorstack.tcp;

import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * The opening phase of a connection, which forgets it when it is connected and accepted: its place in the queues of a listener until it is accepted, and the use of Fast
 * Open (RFC 7413).
 */
final class OpeningPhase {

  private final TcpStage stage;
  private final TcpSocket socket;
  private final TcpEngine engine;
  /** The listener in whose queue the connection is; {@code null} for an active open, or after it was accepted. */
  private @Nullable TcpListener listener;
  /** The listener that counts the connection as a pending Fast Open; {@code null} for none, or after its handshake. */
  private @Nullable TcpListener fastOpenListener;
  private boolean connected;

  OpeningPhase(TcpStage stage, TcpSocket socket, TcpEngine engine, @Nullable TcpListener listener) {
    this.stage = stage;
    this.socket = socket;
    this.engine = engine;
    this.listener = listener;
  }

  /** Returns whether the handshake has ever completed, or Fast Open allows use of the connection before that. */
  boolean isConnected() {
    return connected;
  }

  /**
   * Drops {@code segment} and returns {@code true} if it may complete the handshake of a passive open, and the accept
   * queue is full or the host has no memory for the connection.
   */
  boolean refuses(TcpSegment segment) {
    if (listener == null || connected || segment.has(TcpSegment.RST | TcpSegment.SYN)) {
      return false;
    }
    if (listener.isFull()) {
      // The peer's ACK comes again with its data, or in answer to the next SYN-ACK.
      stage.drops().drop(segment, TcpDrop.ACCEPT_QUEUE_FULL);
      return true;
    }
    if (!stage.hasMemoryFor(TcpEngine.RESERVED_MEMORY)) {
      stage.drops().drop(segment, TcpDrop.MEMORY_LIMIT);
      return true;
    }
    return false;
  }

  /** Called when the connection has been accepted. */
  void onAccepted() {
    listener = null;
    endIfOver();
  }

  private void endIfOver() {
    if (connected && listener == null && fastOpenListener == null) {
      socket.onOpened();
    }
  }

  /**
   * Answers the Fast Open option of the SYN.
   *
   * @param answering the listener that has received the SYN
   * @param takesData whether the cookie of the SYN is valid, so that its data is accepted
   * @param cookie the cookie to return in the SYN-ACK; {@code null} for none
   */
  void answerFastOpen(TcpListener answering, boolean takesData, byte @Nullable [] cookie) {
    if (takesData) {
      fastOpenListener = answering;
    }
    engine.answerFastOpen(takesData, cookie);
    socket.settle(true);
  }

  /** Returns whether the connection has become usable since the last call; called after every change of the state. */
  boolean look() {
    TcpState state = engine.state();
    TcpListener fast = fastOpenListener;
    if (fast != null && state != TcpState.SYN_RECEIVED) {
      fastOpenListener = null;
      fast.onFastOpenEnded();
      endIfOver();
    }
    if (connected || !state.isSynchronized() && !engine.isFastOpen()) {
      return false;
    }
    connected = true;
    learnFastOpen();
    if (listener != null) {
      listener.onEstablished(socket);
    }
    endIfOver();
    return true;
  }

  /** Called when the connection has ended, before or after its handshake was complete. */
  void onEnd() {
    if (!connected) {
      learnFastOpen();
    }
    if (listener != null) {
      listener.onEnded(socket);
    }
  }

  /**
   * Called when the data that the ended connection had left was discarded: the listener need not keep the connection.
   */
  void onLeftoversGone() {
    if (listener != null) {
      listener.onEnded(socket);
    }
  }

  private void learnFastOpen() {
    stage.fastOpen().learn(socket.remote().address(), engine.fastOpenResult(), connected, stage.turn().now());
  }
}
