package io.reactorstack.device.linux;

import io.netty.channel.IoEvent;
import io.netty.channel.IoOps;

/**
 * A set of epoll conditions. Submitted to a registration, it contains the conditions to wait for; passed to a handle,
 * the conditions that hold.
 *
 * @param flags the bits of {@code epoll_event.events}
 */
record Readiness(int flags) implements IoEvent, IoOps {

  static final int IN = 0x001;
  static final int OUT = 0x004;
  /** Reported even if not requested. */
  static final int ERR = 0x008;
  /** Reported even if not requested. */
  static final int HUP = 0x010;
  static final int EDGE_TRIGGERED = 1 << 31;

  private static final Readiness[] COMMON = new Readiness[32];

  static {
    for (int flags = 0; flags < COMMON.length; flags++) {
      COMMON[flags] = new Readiness(flags);
    }
  }

  /** Returns a shared instance for each combination that occurs in practice. */
  static Readiness of(int flags) {
    return flags >= 0 && flags < COMMON.length ? COMMON[flags] : new Readiness(flags);
  }

  boolean in() {
    return (flags & IN) != 0;
  }

  boolean out() {
    return (flags & OUT) != 0;
  }

  boolean failed() {
    return (flags & (ERR | HUP)) != 0;
  }
}
