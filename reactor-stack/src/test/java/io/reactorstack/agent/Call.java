package io.reactorstack.agent;

import org.jspecify.annotations.Nullable;

/** A socket call that may block: it is attempted again after each event until it ends. */
interface Call {

  /**
   * Continues the call as far as possible.
   *
   * @return the outcome, or {@code null} if the call has to wait
   * @throws CallFailed if it ended with an error
   */
  @Nullable
  Outcome attempt();

  /** Returns whether the call operates on {@code socket}; closing the socket ends the call. */
  default boolean concerns(BsdSocket socket) {
    return false;
  }

  /** Releases what the call has set up; called when it has ended in any way. */
  default void ended() {}
}
