package io.reactorstack.http.fetch;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.timeout.TimeoutException;
import io.reactorstack.device.DeviceException;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.lab.StalledException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * The reason why the page was not fetched.
 *
 * @param code the exit code of the command
 * @param message one line for the user
 */
record Failure(ExitCode code, String message) {

  /** Thrown if the output cannot be written; the message contains the file and the reason. */
  static final class WriteException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    WriteException(String where, Throwable cause) {
      super("cannot write " + where + ": " + reason(cause), cause);
    }

    private static String reason(Throwable cause) {
      return switch (cause) {
        case java.nio.file.NoSuchFileException e -> "there is no such folder";
        case java.nio.file.AccessDeniedException e -> "permission denied";
        case java.nio.file.FileSystemException e when e.getReason() != null -> e.getReason();
        default -> line(cause);
      };
    }
  }

  /** Returns the exit code and the message for {@code thrown}. */
  static Failure of(Throwable thrown) {
    Throwable cause = Exceptions.unwrap(thrown);
    ExitCode code = code(cause);
    return new Failure(code, code == ExitCode.TIMEOUT ? "timeout: " + line(cause) : line(cause));
  }

  private static ExitCode code(Throwable cause) {
    return switch (cause) {
      case DnsException e -> switch (e.reason()) {
        case TIMEOUT -> ExitCode.TIMEOUT;
        case UNREACHABLE -> ExitCode.NO_ROUTE;
        default -> ExitCode.NAME_NOT_FOUND;
      };
      case DeviceException e when e.reason() == DeviceException.Reason.MISSING_PRIVILEGE -> ExitCode.MISSING_PRIVILEGE;
      case WriteException e -> ExitCode.WRITE_ERROR;
      case ConnectTimeoutException e -> ExitCode.TIMEOUT;
      case TimeoutException e -> ExitCode.TIMEOUT;
      case java.util.concurrent.TimeoutException e -> ExitCode.TIMEOUT;
      case StalledException e -> ExitCode.TIMEOUT;
      case NoRouteToHostException e -> ExitCode.NO_ROUTE;
      // The JDK's exception types do not distinguish a refusal from a timeout, nor a missing route from a reset; only
      // the message does.
      case SocketException e when says(e, "timed out") -> ExitCode.TIMEOUT;
      case SocketException e when says(e, "unreachable") -> ExitCode.NO_ROUTE;
      case ConnectException e -> ExitCode.REFUSED;
      case SSLException e -> ExitCode.TLS;
      default -> ExitCode.FAILED;
    };
  }

  private static boolean says(Throwable cause, String words) {
    @Nullable
    String message = cause.getMessage();
    return message != null && message.contains(words);
  }

  private static String line(Throwable cause) {
    @Nullable
    String message = cause.getMessage();
    return message == null || message.isBlank()
        ? cause.getClass().getSimpleName()
        : message.replace(": /", ": ").lines().findFirst().orElse("");
  }
}
