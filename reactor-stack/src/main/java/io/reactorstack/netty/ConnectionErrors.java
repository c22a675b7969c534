package io.reactorstack.netty;

import io.reactorstack.tcp.CloseReport;
import io.reactorstack.tcp.model.CloseCause;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;

/**
 * Converts the stack's errors into the exception types and messages of the JDK's own channels, because Netty, Reactor
 * Netty and applications test for both.
 */
final class ConnectionErrors {

  private ConnectionErrors() {}

  /**
   * Returns the exception for a failed bind. As in the JDK, its message does not contain the address, which the caller
   * knows.
   */
  static BindException onBind(Exception cause) {
    BindException shown = new BindException(withoutDetail(cause));
    shown.initCause(cause);
    return shown;
  }

  /** Returns the exception for a connection attempt that the stack rejects immediately, before it sends a segment. */
  static Exception onRefusedCall(Exception cause) {
    if (cause instanceof BindException) {
      return onBind(cause);
    }
    if (cause instanceof NoRouteToHostException) {
      NoRouteToHostException shown = new NoRouteToHostException(withoutDetail(cause));
      shown.initCause(cause);
      return shown;
    }
    return cause;
  }

  private static String withoutDetail(Exception cause) {
    String text = String.valueOf(cause.getMessage());
    int detail = text.indexOf(": ");
    return detail < 0 ? text : text.substring(0, detail);
  }

  /** Returns the exception for a connection attempt that has failed. */
  static IOException onConnect(CloseReport report) {
    return switch (report.cause()) {
      case REFUSED, PORT_UNREACHABLE -> new ConnectException("Connection refused");
      case HANDSHAKE_TIMEOUT, RETRANSMISSION_TIMEOUT, HALF_CLOSE_TIMEOUT, KEEP_ALIVE_TIMEOUT, ORPHAN_TIMEOUT ->
        new ConnectException("Connection timed out");
      case HOST_UNREACHABLE -> new NoRouteToHostException("No route to host");
      case NETWORK_UNREACHABLE -> new SocketException("Network is unreachable");
      case FINISHED, RESET_BY_PEER, ABORTED, STACK_STOPPED, DEVICE_FAILED, ADDRESS_REMOVED -> whileOpen(report.cause());
    };
  }

  /**
   * Returns the exception for an open connection that has ended: for its reader, or for a writer that notices it first.
   */
  static IOException whileOpen(CloseCause cause) {
    return switch (cause) {
      // The kernel fails a write after both sides have finished with EPIPE.
      case FINISHED -> new SocketException("Broken pipe");
      case REFUSED, RESET_BY_PEER -> new SocketException("Connection reset by peer");
      case HANDSHAKE_TIMEOUT, RETRANSMISSION_TIMEOUT, HALF_CLOSE_TIMEOUT, KEEP_ALIVE_TIMEOUT, ORPHAN_TIMEOUT ->
        new SocketException("Connection timed out");
      case NETWORK_UNREACHABLE -> new SocketException("Network is unreachable");
      case HOST_UNREACHABLE -> new NoRouteToHostException("No route to host");
      case PORT_UNREACHABLE -> new ConnectException("Connection refused");
      case ABORTED -> new ClosedChannelException();
      case STACK_STOPPED -> new SocketException("Network stack stopped");
      case DEVICE_FAILED -> new SocketException("Network is down");
      // The text of ECONNABORTED, as the kernel does when it ends connections for this reason.
      case ADDRESS_REMOVED -> new SocketException("Software caused connection abort");
    };
  }
}
