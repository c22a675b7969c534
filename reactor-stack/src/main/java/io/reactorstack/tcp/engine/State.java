package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpState;
import org.jspecify.annotations.Nullable;

/**
 * The state of a connection, with only the data that is valid in it: for example, RCV.NXT does not exist in SYN-SENT.
 *
 * <p>Sender and receiver belong to the present state and move from state to state.
 */
sealed interface State {

  /** The state's public name. */
  TcpState name();

  /** The states that have both a sender and a receiver. */
  sealed interface Transfer extends State {

    SendingHalf sender();

    Receiver receiver();
  }

  record SynSent(Handshake handshake) implements State {
    @Override
    public TcpState name() {
      return TcpState.SYN_SENT;
    }
  }

  /** SYN-RECEIVED; {@code passive} is true after a passive open and false after a simultaneous one (MUST-11). */
  record SynReceived(Handshake handshake, Receiver receiver, boolean passive) implements State {
    @Override
    public TcpState name() {
      return TcpState.SYN_RECEIVED;
    }
  }

  record Established(SendingHalf sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.ESTABLISHED;
    }
  }

  record FinWait1(SendingHalf sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.FIN_WAIT_1;
    }
  }

  record FinWait2(SendingHalf sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.FIN_WAIT_2;
    }
  }

  record CloseWait(SendingHalf sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.CLOSE_WAIT;
    }
  }

  record Closing(SendingHalf sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.CLOSING;
    }
  }

  record LastAck(SendingHalf sender, Receiver receiver) implements Transfer {
    @Override
    public TcpState name() {
      return TcpState.LAST_ACK;
    }
  }

  /**
   * TIME-WAIT; of the sender only SND.NXT is left, for acknowledgements. If {@code rest} is not {@code null}, it processes
   * the segments, and its end is the end of TIME-WAIT.
   */
  record TimeWait(int sndNxt, Receiver receiver, io.reactorstack.tcp.engine.@Nullable TimeWait rest) implements State {

    TimeWait(int sndNxt, Receiver receiver) {
      this(sndNxt, receiver, null);
    }

    @Override
    public TcpState name() {
      return rest != null && rest.isOver() ? TcpState.CLOSED : TcpState.TIME_WAIT;
    }
  }

  /** CLOSED; data that was received before the end can still be read from {@code receiver}. */
  record Closed(CloseCause cause, @Nullable Receiver receiver) implements State {
    @Override
    public TcpState name() {
      return TcpState.CLOSED;
    }
  }

  /** Returns the receiver, in the states that have one. */
  static @Nullable Receiver receiverOf(State state) {
    return switch (state) {
      case SynSent s -> null;
      case SynReceived s -> s.receiver();
      case Transfer s -> s.receiver();
      case TimeWait s -> s.receiver();
      case Closed s -> s.receiver();
    };
  }

  /** Returns why the connection ended, in the states that only its end leads to. */
  static @Nullable CloseCause causeOf(State state) {
    return switch (state) {
      case Closed s -> s.cause();
      case TimeWait s -> CloseCause.FINISHED;
      case SynSent s -> null;
      case SynReceived s -> null;
      case Transfer s -> null;
    };
  }

  /**
   * Returns the state after the user has closed the output: a FIN follows the data in the send buffer (RFC 9293 section
   * 3.10.4).
   */
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

  /** Returns the state after our FIN was acknowledged (RFC 9293 section 3.10.7.4, fifth check). */
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

  /** Returns the state after the peer's FIN was received in order (RFC 9293 section 3.10.7.4, eighth check). */
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
