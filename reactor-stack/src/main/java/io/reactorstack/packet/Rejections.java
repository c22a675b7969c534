package io.reactorstack.packet;

/**
 * Counts why input was refused.
 *
 * <p>A parser calls it exactly once for each input that it refuses, and not at all for the others.
 */
@FunctionalInterface
public interface Rejections {

  /** Counts nothing: for a caller that only asks whether the input is well formed. */
  Rejections UNCOUNTED = reason -> {};

  /** Counts one refusal. */
  void count(DropReason reason);
}
