package io.reactorstack.lab;

/**
 * Thrown when something from outside has reached a strict world, which only its seed may determine: see
 * {@link LabBuilder#strict()} and {@link Lab#escapes()}. The cause has the stack of the thread outside.
 */
public final class EscapeException extends LabException {

  private static final long serialVersionUID = 1L;

  EscapeException(Escape escape) {
    super(escape.toString(), stack(escape));
  }

  /** Returns the stack of the thread outside as an exception, to be a cause or to be logged. */
  static Throwable stack(Escape escape) {
    Exception source = new Exception("stack of the thread outside the world");
    source.setStackTrace(escape.source().toArray(StackTraceElement[]::new));
    return source;
  }
}
