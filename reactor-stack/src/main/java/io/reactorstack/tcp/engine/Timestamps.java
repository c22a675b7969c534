package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.recovery.AckReport;
import io.reactorstack.wire.TcpOptions;

/** The timestamps option of a connection: our clock, the peer's latest value, and PAWS (RFC 7323 sections 3 to 5). */
final class Timestamps {

  /** The bytes that the option takes in every segment, with padding. */
  static final int OPTION_BYTES = 12;

  private static final long TICK = 1_000_000;

  /** RFC 7323 5.5: after 24 days of silence the peer's timestamp clock may have wrapped around. */
  private static final long VALIDITY = 24L * 24 * 3600 * 1_000_000_000L;

  private final int offset;
  private boolean active;
  private boolean known;
  private int recent;
  /** The option of the last segment, which those of the same millisecond share. */
  private TcpOptions last = TcpOptions.NONE;
  private long recentAt;

  /** Creates the clock of a connection; {@code offset} is added to every value (RFC 7323 section 7.1). */
  Timestamps(int offset) {
    this.offset = offset;
  }

  /** Switches the option on: both SYNs carried it. */
  void activate() {
    active = true;
  }

  boolean isActive() {
    return active;
  }

  /** The option bytes that every segment carries; 0 without timestamps. */
  int optionBytes() {
    return active ? OPTION_BYTES : 0;
  }

  /** Our timestamp clock: one tick per millisecond. */
  int clock(long now) {
    return (int) (now / TICK) + offset;
  }

  /** Returns the option for a segment with ACK. */
  TcpOptions option(long now) {
    if (!active) {
      return TcpOptions.NONE;
    }
    int clock = clock(now);
    if (last.tsVal() != clock || last.tsEcr() != recent || !last.hasTimestamps()) {
      last = TcpOptions.timestamps(clock, recent);
    }
    return last;
  }

  /** Gives up the option of the last segment: the connection may rest for long. */
  void rest() {
    last = TcpOptions.NONE;
  }

  /** TS.Recent: the peer's value that our segments echo; 0 before the first. */
  int recent() {
    return recent;
  }

  /** Returns whether PAWS rejects the segment (RFC 7323 section 5.3 R1). */
  boolean isOld(TcpOptions options, long now) {
    return active
        && known
        && options.hasTimestamps()
        && SequenceNumber.before(options.tsVal(), recent)
        && now - recentAt <= VALIDITY;
  }

  /**
   * Updates TS.Recent from an acceptable segment that starts at or before the last acknowledgement sent (RFC 7323
   * section 4.3).
   */
  void onAccepted(TcpOptions options, long now) {
    if (active && options.hasTimestamps() && !isOld(options, now)) {
      known = true;
      recent = options.tsVal();
      recentAt = now;
    }
  }

  /**
   * Returns the time since we sent the segment whose timestamp {@code options} echo, in nanoseconds, at least one tick.
   */
  long elapsed(TcpOptions options, long now) {
    return Math.max(1, clock(now) - options.tsEcr()) * TICK;
  }

  /**
   * Returns the latest time at which we can have sent the segment whose timestamp {@code options} echo, in nanoseconds,
   * or {@link AckReport#NO_ECHO}.
   */
  long echoedAt(TcpOptions options, long now) {
    int elapsed = clock(now) - options.tsEcr();
    if (!active || !options.hasTimestamps() || elapsed < 0) {
      return AckReport.NO_ECHO;
    }
    return (now / TICK - elapsed) * TICK + TICK - 1;
  }

  /**
   * Returns the round-trip time that the echo in {@code options} shows, in nanoseconds.
   *
   * @param sentAt when the earliest segment that the echo may refer to was sent, in nanoseconds
   * @return a negative number if there is no echo or it is not credible
   */
  long roundTrip(TcpOptions options, long sentAt, long now) {
    if (!active || !options.hasTimestamps()) {
      return -1;
    }
    int elapsed = clock(now) - options.tsEcr();
    int possible = clock(now) - clock(sentAt);
    // An echo of a value that was never sent must not change the retransmission timeout.
    return elapsed >= 0 && elapsed <= possible ? Math.max(elapsed * TICK, 1) : -1;
  }
}
