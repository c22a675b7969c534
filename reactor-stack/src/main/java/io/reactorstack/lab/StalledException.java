package io.reactorstack.lab;

/**
 * Thrown when the event that a test waits for does not happen: the world has nothing left to do, or the time limit has
 * passed.
 */
public final class StalledException extends LabException {

  private static final long serialVersionUID = 1L;

  private String remark = "";

  StalledException(String message) {
    super(message, null);
  }

  /** Adds a sentence to the message. */
  void remark(String sentence) {
    remark = sentence.isEmpty() ? "" : "; " + sentence;
  }

  @Override
  public String getMessage() { return super.getMessage() + remark; }
}
