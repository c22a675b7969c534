package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;
import java.util.function.Supplier;

/**
 * The questions that a {@link TcpSocket} passes to its engine: they change nothing. Called on the loop.
 */
abstract sealed class SocketQuestions extends FlowEntry permits TcpSocket {

  final TcpEngine engine;
  final LoopTurn turn;

  SocketQuestions(TcpEngine engine, LoopTurn turn) {
    this.engine = engine;
    this.turn = turn;
  }

  /** The local address and port. */
  public Endpoint local() {
    return engine.flow().local();
  }

  /** The peer's address and port. */
  public Endpoint remote() {
    return engine.flow().remote();
  }

  @Override
  FourTuple flow() {
    return engine.flow();
  }

  /** The state of the connection. */
  public TcpState state() {
    return engine.state();
  }

  /**
   * Returns whether data written in the turn that opens the connection is sent in the SYN: Fast Open is on, and the
   * server has issued a cookie (RFC 7413 section 4.2.1). Such data may reach the server's application twice.
   */
  public boolean isDataInSynAllowed() {
    return engine.isDataInSynAllowed();
  }

  /** Returns a snapshot of the connection. */
  public TcpInfo info() {
    return engine.info(turn.now());
  }

  /** As {@link #info}, but builds the snapshot when the result is used, on any thread. */
  Supplier<TcpInfo> numbers() {
    return engine.numbers(turn.now());
  }

  /** Returns an incomplete snapshot on any thread: see {@link TcpEngine#firstInfo}. */
  TcpInfo firstInfo() {
    return engine.firstInfo(turn.now());
  }

  /** The time of the connection's next timer, on the loop's clock; {@link Timers#NEVER} if none is set. */
  public long nextDeadline() {
    return engine.nextDeadline();
  }

  /** Returns whether nothing can be written solely because the host is short of memory. */
  public boolean isShortOfMemory() {
    return engine.isShortOfMemory();
  }

  /** Bytes accepted since the connection began. */
  public long writtenBytes() {
    return engine.writtenBytes();
  }

  /** Bytes acknowledged by the peer since the connection began. */
  public long acknowledgedBytes() {
    return engine.acknowledgedBytes();
  }

  /** Returns whether the local FIN was acknowledged. */
  public boolean isOutputFinished() {
    return engine.isOutputFinished();
  }

  /**
   * Copies the next in-order bytes, at most {@code maxBytes}, to the end of {@code target} without consuming them.
   *
   * @return the number of bytes copied
   */
  public int peek(ByteBuf target, int maxBytes) {
    return engine.peek(target, maxBytes);
  }

  /**
   * The number of in-order bytes that can be read. They remain readable after any end of the connection, unless
   * {@link TcpSocket#abort}, {@link TcpSocket#close} or the stop of the stack has discarded them.
   */
  public int readableBytes() {
    return engine.readableBytes();
  }

  /**
   * The number of unread bytes up to the end of the peer's urgent data; 0 if there is none. The data remains part of
   * the stream. The watcher is called when the end moves.
   */
  public int urgentBytes() {
    return engine.urgentBytes();
  }

  /** Returns whether the peer's FIN has arrived and everything before it was read. */
  public boolean isInputFinished() {
    return engine.isInputFinished();
  }

  @Override
  boolean givesWay() {
    return engine.givesWay(turn.now());
  }

  @Override
  boolean givesWayTo(TcpSegment syn) {
    return engine.givesWayTo(syn);
  }

  /** The memory that unread input holds, in bytes. */
  int receiveMemory() {
    return engine.receiveMemory();
  }

  /** The time of the last data sent or received; {@link Timers#NEVER} while it opens, closes or has data to send. */
  long lastActivity() {
    boolean settled = switch (engine.state()) {
      case ESTABLISHED, CLOSE_WAIT, FIN_WAIT_2 -> engine.acknowledgedBytes() == engine.writtenBytes();
      case SYN_SENT, SYN_RECEIVED, FIN_WAIT_1, CLOSING, LAST_ACK -> false;
      case TIME_WAIT, CLOSED -> true;
    };
    return settled ? engine.lastDataAt() : Timers.NEVER;
  }

  /** The time of the loop's clock. */
  long now() {
    return turn.now();
  }
}
