package io.reactorstack.lab;

/**
 * Something from outside has reached a world that is to be decided by its seed alone: see {@link LabBuilder#strict()} and
 * {@link Lab#escapes()}. The cause has the stack of the thread outside.
 */
public final class EscapeException extends LabException {

  private static final long serialVersionUID = 1L;

  EscapeException(Escape escape) {
    super(escape.toString(), stack(escape));
  }

  /** The stack of the thread outside, as a cause or for a log. */
  static Throwable stack(Escape escape) {
    Exception source = new Exception("the thread outside was here");
    source.setStackTrace(escape.source().toArray(StackTraceElement[]::new));
    return source;
  }
}
