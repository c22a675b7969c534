package io.reactorstack.tcp.model;

/** The states of a connection (RFC 9293 section 3.3.2), as they are named to the outside. */
public enum TcpState {
  /** A SYN was sent. */
  SYN_SENT,
  /** A SYN was received and answered. */
  SYN_RECEIVED,
  /** Data may flow both ways. */
  ESTABLISHED,
  /** Our FIN is on its way and not yet acknowledged. */
  FIN_WAIT_1,
  /** Our FIN is acknowledged; the peer may still send. */
  FIN_WAIT_2,
  /** The peer's FIN has arrived; we may still send. */
  CLOSE_WAIT,
  /** Both FINs crossed; ours is not yet acknowledged. */
  CLOSING,
  /** The peer's FIN came first and ours is not yet acknowledged. */
  LAST_ACK,
  /** Both FINs are acknowledged; old segments are waited out. */
  TIME_WAIT,
  /** There is no connection. */
  CLOSED;

  /** Whether both sides know each other's sequence numbers: all states from ESTABLISHED to TIME-WAIT. */
  public boolean isSynchronized() {
    return compareTo(ESTABLISHED) >= 0 && this != CLOSED;
  }
}
