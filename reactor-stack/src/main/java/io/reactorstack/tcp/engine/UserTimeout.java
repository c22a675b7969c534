package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.TcpSettings;
import java.util.concurrent.TimeUnit;

/**
 * The time that data may stay unacknowledged before the connection is given up, and its negotiation by the option of
 * RFC 5482. The variable names are those of its section 3.
 */
final class UserTimeout {

  /** L_LIMIT: lower limit of a timeout adopted from the peer, in nanoseconds (RFC 5482 section 3.1). */
  static final long LEAST = TimeUnit.SECONDS.toNanos(100);

  /** U_LIMIT: upper limit of a timeout adopted from the peer, in nanoseconds, unless the user's own is longer. */
  static final long MOST = TimeUnit.HOURS.toNanos(1);

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** ENABLED. */
  private final boolean enabled;
  private boolean changeable;
  /** ADV_UTO. */
  private long advertised;
  /** REMOTE_UTO. */
  private long remote;
  /** USER_TIMEOUT. */
  private long timeout;
  private boolean due;

  UserTimeout(TcpSettings settings) {
    enabled = settings.closing().userTimeoutOption();
    changeable = settings.closing().userTimeoutChangeable();
    timeout = settings.closing().userTimeout().toNanos();
    advertised = timeout;
    due = enabled && advertised > 0;
  }

  /** USER_TIMEOUT in nanoseconds; 0 means never. */
  long nanos() {
    return timeout;
  }

  /**
   * REMOTE_UTO: the timeout that the peer has announced, in nanoseconds, even if it is not adopted; 0 if it has
   * announced none.
   */
  long remote() {
    return remote;
  }

  /** Returns whether the peer's announcement is in force. */
  boolean isAdopted() {
    return enabled && changeable && remote > 0;
  }

  /** Sets the user's value. After this call announcements of the peer no longer change it (RFC 5482 section 3). */
  void set(long nanos) {
    changeable = false;
    due = enabled && nanos > 0 && nanos != advertised;
    timeout = nanos;
    advertised = nanos;
  }

  /** The minimum silence of a peer before it is probed, in nanoseconds (RFC 5482 section 4.2); 0 for no minimum. */
  long leastIdle() {
    return enabled && timeout > 0 ? timeout + SECOND : 0;
  }

  /** The option of a segment with SYN, in seconds; 0 for none. */
  int offer() {
    return enabled ? seconds() : 0;
  }

  /** Returns whether the next segment must carry the option. */
  boolean isDue() {
    return due;
  }

  /** Takes the option of a segment without SYN, in seconds; returns 0 if none is due. */
  int takeDue() {
    if (!due) {
      return 0;
    }
    due = false;
    return seconds();
  }

  private int seconds() {
    return (int) Math.min(Integer.MAX_VALUE, (advertised + SECOND - 1) / SECOND);
  }

  /**
   * Processes the peer's announcement of {@code seconds}.
   *
   * @param rto the present retransmission timeout, in nanoseconds
   */
  void onAnnounced(int seconds, long rto) {
    // RFC 5482 3.4: a value of zero is ignored.
    if (!enabled || seconds == 0) {
      return;
    }
    remote = TimeUnit.SECONDS.toNanos(seconds);
    if (changeable && timeout > 0) {
      // RFC 5482 3.1: min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)), with L_LIMIT above the retransmission timeout.
      long least = Math.max(LEAST, rto + SECOND);
      long most = Math.max(MOST, advertised);
      timeout = Math.min(most, Math.max(Math.max(advertised, remote), least));
    }
  }
}
