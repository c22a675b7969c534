package io.reactorstack.tcp.model;

import java.time.Duration;

/**
 * How long a connection that is closed lives on.
 *
 * @param timeWait how long TIME-WAIT lasts: 2 MSL
 * @param timeWaitReuse whether a connection in TIME-WAIT gives way to a new one of either side when timestamps
 *     show that it is newer (RFC 6191)
 * @param finWait2 how long FIN-WAIT-2 lasts when nobody reads any more
 * @param orphan how long a connection that its user has closed may wait for a peer that answers but takes no data
 */
public record ClosingSettings(Duration timeWait, boolean timeWaitReuse, Duration finWait2, Duration orphan) {

  static final ClosingSettings DEFAULTS = new ClosingSettings(Duration.ofSeconds(60), true, Duration.ofSeconds(60),
      Duration.ofMinutes(3));

  /** These settings with another {@link #timeWait}. */
  public ClosingSettings withTimeWait(Duration value) {
    return new ClosingSettings(value, timeWaitReuse, finWait2, orphan);
  }

  /** These settings with another {@link #timeWaitReuse}. */
  public ClosingSettings withTimeWaitReuse(boolean value) {
    return new ClosingSettings(timeWait, value, finWait2, orphan);
  }

  /** These settings with another {@link #finWait2}. */
  public ClosingSettings withFinWait2(Duration value) {
    return new ClosingSettings(timeWait, timeWaitReuse, value, orphan);
  }

  /** These settings with another {@link #orphan}. */
  public ClosingSettings withOrphan(Duration value) {
    return new ClosingSettings(timeWait, timeWaitReuse, finWait2, value);
  }
}
