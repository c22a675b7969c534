package io.reactorstack.agent;

import org.jspecify.annotations.Nullable;

/** A socket call that may have to wait: it is tried again after everything that happens until it ends. */
interface Call {

  /**
   * Goes on as far as possible.
   *
   * @return how the call ended, or {@code null} if it has to wait
   * @throws CallFailed if it ended with an error
   */
  @Nullable
  Outcome attempt();

  /** Whether the call works on {@code socket}, whose end ends it. */
  default boolean concerns(BsdSocket socket) {
    return false;
  }

  /** The call has ended, whatever way: what it has set up is taken back. */
  default void ended() {}
}
