package io.reactorstack;

import org.jspecify.annotations.Nullable;

/**
 * How an interface stands.
 *
 * @param interfaceName the interface's name in the host
 * @param status whether it carries packets
 * @param cause why it has failed, usually a {@link io.reactorstack.device.DeviceException}; {@code null} if it has not
 */
public record LinkState(String interfaceName, Status status, @Nullable Throwable cause) {

  /** Whether an interface carries packets. */
  public enum Status {
    /** It does. */
    UP,
    /**
     * Its medium is disconnected or switched off, and may come back. What is sent meanwhile is lost; connections live on by
     * their timers.
     */
    DOWN,
    /** Its device has failed for good: it has no part in the host any more, and the connections that ran over it have ended. */
    FAILED
  }
}
