package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.recovery.AckReport;
import io.reactorstack.wire.TcpOptions;

/** The timestamps option of a connection: our clock, the peer's last value, and PAWS (RFC 7323 sections 3 to 5). */
final class Timestamps {

  /** Bytes the option takes in every segment, padding included. */
  private static final int OPTION_BYTES = 12;

  private static final long TICK = 1_000_000;

  /** RFC 7323 5.5: after 24 days of silence the peer's clock may have turned over. */
  private static final long VALIDITY = 24L * 24 * 3600 * 1_000_000_000L;

  private final int offset;
  private boolean active;
  private boolean known;
  private int recent;
  private long recentAt;

  /** {@code offset} is added to our clock (RFC 7323 section 7.1). */
  Timestamps(int offset) {
    this.offset = offset;
  }

  /** Both SYNs carried the option. */
  void activate() {
    active = true;
  }

  boolean isActive() {
    return active;
  }

  /** Bytes of options in every segment. */
  int optionBytes() {
    return active ? OPTION_BYTES : 0;
  }

  /** Our clock: one tick a millisecond. */
  int clock(long now) {
    return (int) (now / TICK) + offset;
  }

  /** The option for a segment with ACK. */
  TcpOptions option(long now) {
    return active ? TcpOptions.timestamps(clock(now), recent) : TcpOptions.NONE;
  }

  /** The peer's value that is echoed; 0 before the first. */
  int recent() {
    return recent;
  }

  /** Whether PAWS rejects the segment (RFC 7323 section 5.3 R1). */
  boolean isOld(TcpOptions options, long now) {
    return active
        && known
        && options.hasTimestamps()
        && SequenceNumber.before(options.tsVal(), recent)
        && now - recentAt <= VALIDITY;
  }

  /** An acceptable segment arrived that starts at or before the last acknowledgement sent (RFC 7323 section 4.3). */
  void onAccepted(TcpOptions options, long now) {
    if (active && options.hasTimestamps() && !isOld(options, now)) {
      known = true;
      recent = options.tsVal();
      recentAt = now;
    }
  }

  /** The time since the segment went out whose timestamp {@code options} echo, in nanoseconds, at least one tick. */
  long elapsed(TcpOptions options, long now) {
    return Math.max(1, clock(now) - options.tsEcr()) * TICK;
  }

  /**
   * The latest time at which the segment can have been sent whose timestamp {@code options} echo, or {@link
   * AckReport#NO_ECHO}.
   */
  long echoedAt(TcpOptions options, long now) {
    int elapsed = clock(now) - options.tsEcr();
    if (!active || !options.hasTimestamps() || elapsed < 0) {
      return AckReport.NO_ECHO;
    }
    return (now / TICK - elapsed) * TICK + TICK - 1;
  }

  /**
   * The round-trip time that the echo in {@code options} shows, in nanoseconds.
   *
   * @param sentAt when the earliest segment it may speak of was sent
   * @return a negative number if the echo is not there or not credible
   */
  long roundTrip(TcpOptions options, long sentAt, long now) {
    if (!active || !options.hasTimestamps()) {
      return -1;
    }
    int elapsed = clock(now) - options.tsEcr();
    int possible = clock(now) - clock(sentAt);
    // An echo of something never sent must not move the timeout.
    return elapsed >= 0 && elapsed <= possible ? Math.max(elapsed * TICK, 1) : -1;
  }
}
