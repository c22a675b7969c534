package io.reactorstack.packet;

/**
 * Counts the reasons for which parsers reject input.
 *
 * <p>A parser calls {@link #count} exactly once for each input that it rejects, and never for input that it accepts.
 */
@FunctionalInterface
public interface Rejections {

  /** Counts nothing, for callers that only check whether input is well formed. */
  Rejections UNCOUNTED = reason -> {};

  /** Counts one rejected input. */
  void count(DropReason reason);
}
