package io.reactorstack.tcp;

import io.reactorstack.icmp.IcmpError;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpState;
import org.jspecify.annotations.Nullable;

/**
 * What a connection makes of the ICMP errors that quote its segments, or what might be one (RFC 9293 section 3.9.2.2, RFC
 * 5927): what its engine is told, and what is remembered for the case that the connection ends.
 */
final class IcmpReaction {

  private final TcpEngine engine;
  private @Nullable CloseCause softError;
  private IcmpError.@Nullable Kind kind;

  IcmpReaction(TcpEngine engine) {
    this.engine = engine;
  }

  /** An error has arrived; {@code connected} tells whether the handshake has ever completed. */
  void onError(IcmpError error, boolean connected, long now) {
    boolean open = engine.state() != TcpState.CLOSED;
    int quotedSeq = error.secondWord();
    switch (error.kind()) {
      case PACKET_TOO_BIG -> engine.onPathMtu(error.mtu(), quotedSeq, now);
      // SHLD-26.
      case PROTOCOL_UNREACHABLE, PORT_UNREACHABLE -> engine.onIcmpError(CloseCause.PORT_UNREACHABLE, quotedSeq, now);
      // RFC 1122 does not know it; somebody on the path has decided, and trying again does not help.
      case PROHIBITED -> engine.onIcmpError(CloseCause.HOST_UNREACHABLE, quotedSeq, now);
      case NETWORK_UNREACHABLE -> onUnreachable(CloseCause.NETWORK_UNREACHABLE, error, connected);
      case HOST_UNREACHABLE, SOURCE_ROUTE_FAILED, HOP_LIMIT_EXCEEDED, REASSEMBLY_TIME_EXCEEDED, PARAMETER_PROBLEM ->
        onUnreachable(CloseCause.HOST_UNREACHABLE, error, connected);
    }
    if (open && engine.state() == TcpState.CLOSED) {
      kind = error.kind();
    }
  }

  private void onUnreachable(CloseCause cause, IcmpError error, boolean connected) {
    if (!connected && error.secondWord() == engine.sndNxt() - 1) {
      // MUST-56: a soft error ends nothing; SHLD-25: the user learns of it if the handshake fails after all.
      // RFC 5927 4.1: only the SYN is in flight.
      softError = cause;
      kind = error.kind();
    }
  }

  /**
   * This host itself could not send a segment: nobody will mend that by routing around it.
   *
   * @param cause what the connection ends by if it is still opening
   * @param obstacle the obstacle in the words of an ICMP error
   */
  void onRejected(CloseCause cause, IcmpError.Kind obstacle, long now) {
    boolean open = engine.state() != TcpState.CLOSED;
    engine.onUnsendable(cause, now);
    if (open && engine.state() == TcpState.CLOSED) {
      kind = obstacle;
    }
  }

  /** What a handshake that ends for want of an answer is to be blamed on: RFC 1122 4.2.3.9, the soft error reported. */
  CloseCause handshakeTimeout() {
    return softError != null ? softError : CloseCause.HANDSHAKE_TIMEOUT;
  }

  /** The error that has ended the connection, or would explain a handshake that fails; {@code null} if there was none. */
  IcmpError.@Nullable Kind kind() {
    return kind;
  }
}
