package io.reactorstack.lab;

import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;

/** The world's date as a {@link Clock}. */
final class LabClock extends Clock {

  private final InstantSource dates;
  private final ZoneId zone;

  LabClock(InstantSource dates, ZoneId zone) {
    this.dates = dates;
    this.zone = zone;
  }

  @Override
  public ZoneId getZone() { return zone; }

  @Override
  public Clock withZone(ZoneId other) {
    return other.equals(zone) ? this : new LabClock(dates, other);
  }

  @Override
  public Instant instant() {
    return dates.instant();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LabClock clock && clock.dates.equals(dates) && clock.zone.equals(zone);
  }

  @Override
  public int hashCode() {
    return dates.hashCode() ^ zone.hashCode();
  }

  @Override
  public String toString() {
    return "the lab's clock, " + zone;
  }
}
