package io.reactorstack.lab;

/**
 * The lifetime of an effect or another temporary change: closing it ends the change. Use it in {@code try} with
 * resources. Closing twice has no effect, nor has closing after the lab has ended.
 */
public interface Scope extends AutoCloseable {

  /** Ends the change. */
  @Override
  void close();
}
