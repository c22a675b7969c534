package io.reactorstack.http;

import io.netty.handler.codec.http.HttpMethod;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.PrematureCloseException;

/**
 * A mark on the error of a request whose connection ended before the header of the response was complete. It is added
 * to that error as a suppressed exception and records whether the method is idempotent. The error alone is not enough:
 * the text of a reset is the same before a response and in the middle of one.
 */
final class UnansweredRequest extends Exception {

  private static final long serialVersionUID = 1L;

  /** The idempotent methods, which may be executed twice (RFC 9110 section 9.2.2). */
  private static final Set<HttpMethod> IDEMPOTENT = Set.of(
      HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.TRACE, HttpMethod.PUT, HttpMethod.DELETE);

  private static final int MAX_WRAPPED = 5;

  private final boolean idempotent;

  private UnansweredRequest(HttpMethod method, String uri) {
    super("the connection ended before the response to " + method + " " + uri, null, false, false);
    this.idempotent = IDEMPOTENT.contains(method);
  }

  /**
   * Handles a request that failed before its response; marks {@code error} if the end of the connection is the cause.
   */
  static void onRequestError(HttpClientRequest request, Throwable error) {
    Throwable cause = Exceptions.unwrap(error);
    if (isEnd(cause) && of(cause) == null) {
      cause.addSuppressed(new UnansweredRequest(request.method(), request.uri()));
    }
  }

  private static boolean isEnd(Throwable error) {
    return isPrematureEnd(error) || AbortedException.isConnectionReset(error) || error instanceof ClosedChannelException
        || error instanceof SSLException && error.getCause() instanceof ClosedChannelException;
  }

  private static boolean isPrematureEnd(Throwable error) {
    return error instanceof PrematureCloseException && String.valueOf(error.getMessage()).contains("BEFORE response");
  }

  /**
   * Returns whether the request that failed with {@code error} may be sent once more. Searches the causes too, because
   * a library above the client, such as Spring's, may have wrapped the error.
   */
  static boolean isRepeatable(Throwable error) {
    Throwable cause = Exceptions.unwrap(error);
    for (int depth = 0; cause != null && depth < MAX_WRAPPED; depth++) {
      UnansweredRequest mark = of(cause);
      if (mark != null) {
        return mark.idempotent;
      }
      if (isPrematureEnd(cause)) {
        // StackHttp did not create this client, so there is no mark; the caller is responsible for choosing a
        // repeatable method.
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  private static @Nullable UnansweredRequest of(Throwable error) {
    for (Throwable suppressed : error.getSuppressed()) {
      if (suppressed instanceof UnansweredRequest mark) {
        return mark;
      }
    }
    return null;
  }
}
