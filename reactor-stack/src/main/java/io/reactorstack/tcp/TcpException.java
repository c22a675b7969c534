package io.reactorstack.tcp;

import io.reactorstack.tcp.model.CloseCause;
import java.io.IOException;

/**
 * The error of a connection that could not be opened, or that ended other than by a FIN from both sides;
 * {@link #report} has the details.
 */
public final class TcpException extends IOException {

  private static final long serialVersionUID = 1L;

  private final transient CloseReport report;

  /** Creates the exception of a connection that ended as {@code report} describes. */
  public TcpException(CloseReport report) {
    super(text(report.cause()) + ": " + report.remote());
    this.report = report;
  }

  /** Creates an exception with its own message about the connection that {@code report} describes. */
  TcpException(String text, CloseReport report) {
    super(text + ": " + report.remote());
    this.report = report;
  }

  /** Returns whether the connection ended in order, so that its readers complete instead of failing. */
  static boolean isOrderly(CloseReport report) {
    return report.cause() == CloseCause.FINISHED;
  }

  /** The reason why the connection ended. */
  public CloseCause closeCause() {
    return report.cause();
  }

  /** The report of how the connection ended. */
  public CloseReport report() {
    return report;
  }

  /** Returns the message that Netty, Reactor Netty and the JDK use for the same event, since callers test for it. */
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
      // The Linux kernel's message for a socket whose interface is gone.
      case DEVICE_FAILED -> "Network is down";
      case ADDRESS_REMOVED -> "Software caused connection abort";
    };
  }
}
