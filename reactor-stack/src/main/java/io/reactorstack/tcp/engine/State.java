package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpState;
import org.jspecify.annotations.Nullable;

/**
 * The state of a connection with what is valid in it, and nothing else: RCV.NXT does not exist in SYN-SENT.
 *
 * <p>Sender and receiver have one owner, the present state, and move from state to state.
 */
sealed interface State {

  /** The state's name to the outside. */
  TcpState name();

  /** The states in which both halves exist. */
  sealed interface Transfer extends State {

    Sender sender();

    Receiver receiver();
  }

  record SynSent(Handshake handshake) implements State {
    @Override
    public TcpState name() {
      return TcpState.SYN_SENT;
    }
  }

  /** {@code passive} tells where the state was entered from (MUST-11). */
  record SynReceived(Handshake handshake, Receiver receiver, boolean passive) implements State {
    @Override
    public TcpState name() {
      return TcpState.SYN_RECEIVED;
    }
  }

  record Established(Sender sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.ESTABLISHED;
    }
  }

  record FinWait1(Sender sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.FIN_WAIT_1;
    }
  }

  record FinWait2(Sender sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.FIN_WAIT_2;
    }
  }

  record CloseWait(Sender sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.CLOSE_WAIT;
    }
  }

  record Closing(Sender sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.CLOSING;
    }
  }

  record LastAck(Sender sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.LAST_ACK;
    }
  }

  /** All that is left of the sender is SND.NXT, to acknowledge with. */
  record TimeWait(int sndNxt, Receiver receiver) implements State {
    @Override
    public TcpState name() {
      return TcpState.TIME_WAIT;
    }
  }

  /** What was received before an orderly close may still be read. */
  record Closed(CloseCause cause, @Nullable Receiver receiver) implements State {
    @Override
    public TcpState name() {
      return TcpState.CLOSED;
    }
  }

  /** The receiver, in the states that have one. */
  static @Nullable Receiver receiverOf(State state) {
    return switch (state) {
      case SynSent s -> null;
      case SynReceived s -> s.receiver();
      case Transfer s -> s.receiver();
      case TimeWait s -> s.receiver();
      case Closed s -> s.receiver();
    };
  }

  /** The user has closed: FIN follows what is in the send buffer (RFC 9293 section 3.10.4). */
  static Transfer afterShutdown(Transfer state) {
    return switch (state) {
      case Established s -> new FinWait1(s.sender(), s.receiver());
      case CloseWait s -> new LastAck(s.sender(), s.receiver());
      case FinWait1 s -> s;
      case FinWait2 s -> s;
      case Closing s -> s;
      case LastAck s -> s;
    };
  }

  /** Our FIN was acknowledged (RFC 9293 section 3.10.7.4, fifth check). */
  static State afterFinAcknowledged(Transfer state) {
    return switch (state) {
      case FinWait1 s -> new FinWait2(s.sender(), s.receiver());
      case Closing s -> new TimeWait(s.sender().space().sndNxt(), s.receiver());
      case LastAck s -> new Closed(CloseCause.FINISHED, s.receiver());
      case Established s -> s;
      case FinWait2 s -> s;
      case CloseWait s -> s;
    };
  }

  /** The peer's FIN was received in order (RFC 9293 section 3.10.7.4, eighth check). */
  static State afterPeerFin(Transfer state) {
    return switch (state) {
      case Established s -> new CloseWait(s.sender(), s.receiver());
      case FinWait1 s -> new Closing(s.sender(), s.receiver());
      case FinWait2 s -> new TimeWait(s.sender().space().sndNxt(), s.receiver());
      case CloseWait s -> s;
      case Closing s -> s;
      case LastAck s -> s;
    };
  }
}
