package io.reactorstack.tcp;

import io.reactorstack.tcp.model.CloseCause;
import java.io.IOException;

/** A connection could not be opened, or ended in another way than by FIN from both sides; the report says how. */
public final class TcpException extends IOException {

  private static final long serialVersionUID = 1L;

  private final transient CloseReport report;

  /** An exception for the connection that ended as {@code report} says. */
  public TcpException(CloseReport report) {
    super(text(report.cause()) + ": " + report.remote());
    this.report = report;
  }

  /** An exception for what {@code text} says of the connection that {@code report} describes. */
  TcpException(String text, CloseReport report) {
    super(text + ": " + report.remote());
    this.report = report;
  }

  /** Whether a connection that ended like this is no error to those who read from it. */
  static boolean isOrderly(CloseReport report) {
    return report.cause() == CloseCause.FINISHED;
  }

  /** By what the connection ended. */
  public CloseCause closeCause() {
    return report.cause();
  }

  /** How the connection ended. */
  public CloseReport report() {
    return report;
  }

  /** The text that Netty, Reactor Netty and the JDK use for the same event, since callers look for it. */
  private static String text(CloseCause cause) {
    return switch (cause) {
      case FINISHED -> "Connection closed";
      case REFUSED -> "Connection refused";
      case RESET_BY_PEER -> "Connection reset by peer";
      case ABORTED -> "Connection aborted";
      case HANDSHAKE_TIMEOUT, RETRANSMISSION_TIMEOUT, KEEP_ALIVE_TIMEOUT, HALF_CLOSE_TIMEOUT, ORPHAN_TIMEOUT ->
        "Connection timed out";
      case NETWORK_UNREACHABLE -> "Network is unreachable";
      case HOST_UNREACHABLE -> "No route to host";
      case PORT_UNREACHABLE -> "Connection refused";
      case STACK_STOPPED -> "Network stack stopped";
      // What the kernel says of a socket whose interface is gone.
      case DEVICE_FAILED -> "Network is down";
      case ADDRESS_REMOVED -> "Software caused connection abort";
    };
  }
}
