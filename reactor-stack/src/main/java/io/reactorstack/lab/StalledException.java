package io.reactorstack.lab;

/** The event that a test waits for did not happen: the world has nothing left to do, or the limit of its time has passed. */
public final class StalledException extends LabException {

  private static final long serialVersionUID = 1L;

  private String remark = "";

  StalledException(String message) {
    super(message, null);
  }

  /** Adds a further sentence to the message. */
  void remark(String sentence) {
    remark = sentence.isEmpty() ? "" : "; " + sentence;
  }

  @Override
  public String getMessage() { return super.getMessage() + remark; }
}
