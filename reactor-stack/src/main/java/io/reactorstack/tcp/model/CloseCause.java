package io.reactorstack.tcp.model;

/** Why a connection ended. */
public enum CloseCause {
  /** Both sides sent FIN and both were acknowledged. */
  FINISHED,
  /** The peer answered our SYN with RST. */
  REFUSED,
  /** The peer sent an acceptable RST. */
  RESET_BY_PEER,
  /** This side aborted the connection and sent RST. */
  ABORTED,
  /** The SYN, or the SYN-ACK, was not answered in any of its retries. */
  HANDSHAKE_TIMEOUT,
  /** Data, a FIN or a window probe was not acknowledged in time (R2 or the user timeout). */
  RETRANSMISSION_TIMEOUT,
  /** Nobody read any more, and the peer did not end its side in time (FIN-WAIT-2). */
  HALF_CLOSE_TIMEOUT,
  /** Its user had closed it, and the peer answered but took nothing more. */
  ORPHAN_TIMEOUT,
  /** Keep-alive probes were not answered. */
  KEEP_ALIVE_TIMEOUT,
  /** A network was reported unreachable while connecting. */
  NETWORK_UNREACHABLE,
  /** The host was reported unreachable, or did not answer address resolution, while connecting. */
  HOST_UNREACHABLE,
  /** The peer's host reported that the port or the protocol is unreachable while connecting. */
  PORT_UNREACHABLE,
  /** The local stack was stopped. */
  STACK_STOPPED,
  /** The device that the connection ran over failed. */
  DEVICE_FAILED,
  /** The local address was taken from the host. */
  ADDRESS_REMOVED
}
