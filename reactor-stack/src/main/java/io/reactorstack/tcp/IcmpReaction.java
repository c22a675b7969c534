package io.reactorstack.tcp;

import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpState;
import org.jspecify.annotations.Nullable;

/**
 * A connection's reaction to ICMP errors that quote one of its segments, or claim to (RFC 9293 section 3.9.2.2, RFC
 * 5927): passes them to the engine, and keeps those that explain why the connection ends.
 */
final class IcmpReaction {

  private final TcpEngine engine;
  private @Nullable CloseCause softError;
  private @Nullable DeliveryFailure failure;

  IcmpReaction(TcpEngine engine) {
    this.engine = engine;
  }

  /** Processes a received error; {@code connected} is true if the handshake has ever completed. */
  void onError(IcmpError error, boolean connected, long now) {
    boolean open = engine.state() != TcpState.CLOSED;
    int quotedSeq = error.quote().secondWord();
    switch (error.kind()) {
      case PACKET_TOO_BIG -> engine.onPathMtu(error.mtu(), quotedSeq, now);
      // RFC 9293 3.9.2.2 SHLD-26: a hard error ends a connection that is being opened.
      case PROTOCOL_UNREACHABLE, PORT_UNREACHABLE -> engine.onIcmpError(CloseCause.PORT_UNREACHABLE, quotedSeq, now);
      // RFC 1122 does not define it. An administrator on the path prohibits the traffic, so retrying does not help.
      case PROHIBITED -> engine.onIcmpError(CloseCause.HOST_UNREACHABLE, quotedSeq, now);
      case NETWORK_UNREACHABLE -> onUnreachable(CloseCause.NETWORK_UNREACHABLE, error, connected);
      case HOST_UNREACHABLE, SOURCE_ROUTE_FAILED, HOP_LIMIT_EXCEEDED, REASSEMBLY_TIME_EXCEEDED, PARAMETER_PROBLEM ->
        onUnreachable(CloseCause.HOST_UNREACHABLE, error, connected);
    }
    if (open && engine.state() == TcpState.CLOSED) {
      failure = error;
    }
  }

  private void onUnreachable(CloseCause cause, IcmpError error, boolean connected) {
    if (!connected && error.quote().secondWord() == engine.sndNxt() - 1) {
      // RFC 9293 3.9.2.2 MUST-56: a soft error does not end the connection. SHLD-25: the user is notified of it if the
      // handshake fails later. RFC 5927 4.1: only the SYN is in flight, so the quoted number must be its own.
      softError = cause;
      failure = error;
    }
  }

  /**
   * Called when this host itself could not send a segment, a failure that no router can route around.
   *
   * @param cause the close cause if the connection is still being opened
   * @param unsent the failure
   */
  void onRejected(CloseCause cause, DeliveryFailure.Unsent unsent, long now) {
    boolean open = engine.state() != TcpState.CLOSED;
    engine.onUnsendable(cause, now);
    if (open && engine.state() == TcpState.CLOSED) {
      failure = unsent;
    }
  }

  /**
   * Returns the cause to report for a handshake without an answer: the soft error, if one arrived (RFC 1122 4.2.3.9).
   */
  CloseCause handshakeTimeout() {
    return softError != null ? softError : CloseCause.HANDSHAKE_TIMEOUT;
  }

  /** Returns the error that has ended the connection or explains a failed handshake; {@code null} if there was none. */
  @Nullable
  DeliveryFailure failure() {
    return failure;
  }
}
