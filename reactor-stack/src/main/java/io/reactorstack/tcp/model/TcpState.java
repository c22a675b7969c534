package io.reactorstack.tcp.model;

/** The states of a connection (RFC 9293 section 3.3.2), as the API reports them. */
public enum TcpState {
  /** A SYN was sent. */
  SYN_SENT,
  /** A SYN was received and answered. */
  SYN_RECEIVED,
  /** Both sides may send data. */
  ESTABLISHED,
  /** The local FIN was sent and is not yet acknowledged. */
  FIN_WAIT_1,
  /** The local FIN is acknowledged; the peer may still send. */
  FIN_WAIT_2,
  /** The peer's FIN has arrived; the local side may still send. */
  CLOSE_WAIT,
  /** Both FINs crossed; the local one is not yet acknowledged. */
  CLOSING,
  /** The peer's FIN came first, and the local FIN is not yet acknowledged. */
  LAST_ACK,
  /** Both FINs are acknowledged; the connection waits until old segments have left the network. */
  TIME_WAIT,
  /** There is no connection. */
  CLOSED;

  /** Returns whether this is a synchronized state of RFC 9293: one of those from ESTABLISHED to TIME-WAIT. */
  public boolean isSynchronized() {
    return compareTo(ESTABLISHED) >= 0 && this != CLOSED;
  }
}
