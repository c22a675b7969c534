package io.reactorstack.dns.exchange;

/** The failure to get a response from a server. */
public final class ExchangeException extends Exception {

  private static final long serialVersionUID = 1L;

  /** The kinds of failures. */
  public enum Kind {
    /** The query could not be sent, the server was reported unreachable, or it closed the connection. */
    UNREACHABLE,
    /** The server sent a response over TCP that is no response to the query, or cannot be decoded. */
    MALFORMED,
    /** The limit of messages for the question has been reached. */
    OUT_OF_BUDGET
  }

  private final Kind kind;

  ExchangeException(Kind kind) {
    super(kind.name(), null, false, false);
    this.kind = kind;
  }

  /** Returns the kind of this failure. */
  public Kind kind() {
    return kind;
  }
}
