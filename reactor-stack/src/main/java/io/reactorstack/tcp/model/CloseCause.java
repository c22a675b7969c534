package io.reactorstack.tcp.model;

/** The reason why a connection ended. */
public enum CloseCause {
  /** Both sides sent FIN and both were acknowledged. */
  FINISHED,
  /** The peer answered the local SYN with RST. */
  REFUSED,
  /** The peer sent an acceptable RST. */
  RESET_BY_PEER,
  /** This side aborted the connection and sent RST. */
  ABORTED,
  /** The peer answered neither the SYN (or SYN-ACK) nor any of its retransmissions, or the connect timeout passed. */
  HANDSHAKE_TIMEOUT,
  /** Data, a FIN or a window probe was not acknowledged in time (R2 or the user timeout). */
  RETRANSMISSION_TIMEOUT,
  /** The application had stopped reading, and the peer's FIN did not arrive in time (FIN-WAIT-2). */
  HALF_CLOSE_TIMEOUT,
  /** The application had closed the connection, and the peer still answered but accepted no more data. */
  ORPHAN_TIMEOUT,
  /** Keep-alive probes were not answered. */
  KEEP_ALIVE_TIMEOUT,
  /** A network was reported unreachable while connecting. */
  NETWORK_UNREACHABLE,
  /** The peer's host was reported unreachable, or did not answer address resolution, while connecting. */
  HOST_UNREACHABLE,
  /** The peer's host reported that the port or the protocol is unreachable while connecting. */
  PORT_UNREACHABLE,
  /** The local stack was stopped. */
  STACK_STOPPED,
  /** The device that the connection used failed. */
  DEVICE_FAILED,
  /** The local address was removed from the host. */
  ADDRESS_REMOVED
}
