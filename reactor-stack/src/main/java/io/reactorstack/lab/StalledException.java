package io.reactorstack.lab;

/** What a test waits for did not happen: the world has nothing left to do, or the limit of its time has passed. */
public final class StalledException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  StalledException(String message) {
    super(message);
  }
}
