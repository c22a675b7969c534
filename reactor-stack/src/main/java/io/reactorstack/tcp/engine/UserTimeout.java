package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.TcpSettings;
import java.util.concurrent.TimeUnit;

/**
 * How long data may stay unacknowledged before the connection is given up, and its negotiation by the option of RFC 5482; the
 * names are those of its section 3.
 */
final class UserTimeout {

  /** L_LIMIT: a peer cannot make us less patient than this (RFC 5482 section 3.1). */
  static final long LEAST = TimeUnit.SECONDS.toNanos(100);

  /** U_LIMIT: nor more patient than this, unless the user is. */
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

  /** USER_TIMEOUT in nanoseconds; 0 for never. */
  long nanos() {
    return timeout;
  }

  /** REMOTE_UTO in nanoseconds: what the peer has announced, whether it counts or not; 0 if it has announced nothing. */
  long remote() {
    return remote;
  }

  /** Whether the peer's announcement is in force. */
  boolean isAdopted() {
    return enabled && changeable && remote > 0;
  }

  /** The user wants {@code nanos}: from now on nothing else counts (RFC 5482 section 3). */
  void set(long nanos) {
    changeable = false;
    due = enabled && nanos > 0 && nanos != advertised;
    timeout = nanos;
    advertised = nanos;
  }

  /** How long a peer may be silent before it is probed (RFC 5482 section 4.2), in nanoseconds; 0 for any time. */
  long leastIdle() {
    return enabled && timeout > 0 ? timeout + SECOND : 0;
  }

  /** The option of a segment with SYN, in seconds, or 0 for none. */
  int offer() {
    return enabled ? seconds() : 0;
  }

  /** Whether the next segment is to carry the option. */
  boolean isDue() {
    return due;
  }

  /** Takes the option for a segment without SYN, in seconds, or 0 if none is due. */
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

  /** The peer announces {@code seconds}; {@code rto} is the retransmission timeout in force. */
  void onAnnounced(int seconds, long rto) {
    // RFC 5482 3.4: a value of zero is none.
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
