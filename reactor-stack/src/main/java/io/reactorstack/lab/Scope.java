package io.reactorstack.lab;

/**
 * How long an effect lasts: until this is closed, best by {@code try} with resources. Closing twice has no effect, nor has
 * closing after the lab has ended.
 */
public interface Scope extends AutoCloseable {

  /** Ends it. */
  @Override
  void close();
}
