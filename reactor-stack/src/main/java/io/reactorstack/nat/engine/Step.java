package io.reactorstack.nat.engine;

import org.jspecify.annotations.Nullable;

/** The result of one half of a translation: that of the source or that of the destination. */
sealed interface Step permits Step.Via, Plan.Stop {

  /**
   * The half is done by a mapping.
   *
   * @param session the session; {@code null} for a port forwarding that works without one
   */
  record Via(Mapping mapping, @Nullable Session session) implements Step {}
}
