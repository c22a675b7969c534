package io.reactorstack.tcp;

import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.TcpSegment;

/**
 * The input of a connection, to which {@link FlowTable} hands its segments. It passes segments to the connection,
 * except those that are dropped for lack of memory or of a place in the accept queue, and a SYN that replaces a
 * connection in TIME-WAIT. It is also the connection's entry in the dirty list of a turn.
 */
final class SegmentInput implements Runnable {

  private final TcpSocket socket;

  SegmentInput(TcpSocket socket) {
    this.socket = socket;
  }

  /** Processes a received segment of the connection, and takes ownership of it; an exception ends the connection. */
  void onNext(TcpSegment segment) {
    try {
      onSegment(segment);
    } catch (Throwable e) {
      socket.fault(e);
    }
  }

  /** Calls the watcher of the connection, in a loop turn. */
  @Override
  public void run() {
    socket.tell();
  }

  /** Processes a received segment of the connection, and takes ownership of it. */
  void onSegment(TcpSegment segment) {
    OpeningPhase opening = socket.opening();
    if (opening != null && opening.refuses(segment)) {
      return;
    }
    if (socket.state() != TcpState.TIME_WAIT || !reopens(socket, socket.stage(), segment)) {
      socket.onSegment(segment);
    }
  }

  /**
   * Ends {@code old}, which is in TIME-WAIT, and hands {@code segment} to the listener, if it is the SYN of a newer
   * incarnation of the connection (RFC 9293 section 3.10.7.4 MAY-2, RFC 6191 section 2). Returns whether it has done
   * so.
   */
  static boolean reopens(FlowEntry old, TcpStage stage, TcpSegment segment) {
    if (!segment.has(TcpSegment.SYN) || segment.has(TcpSegment.ACK | TcpSegment.RST) || !old.givesWayTo(segment)) {
      return false;
    }
    TcpListener heir = stage.listeners().find(old.flow().localAddress(), old.flow().localPort());
    if (heir == null || !heir.hasRoom()) {
      return false;
    }
    int iss = old.replace();
    heir.open(segment, iss);
    return true;
  }
}
