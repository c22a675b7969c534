package io.reactorstack.dns.record;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * A record of the class IN.
 *
 * @param name the owner: an absolute name without the trailing dot
 * @param type the type, which determines the kind of the data
 * @param timeToLive the time for which the record may be reused, in whole seconds; 0 to 2<sup>31</sup> - 1 s (RFC 2181
 *     section 8)
 * @param data the data
 */
public record DnsRecord(String name, RecordType type, Duration timeToLive, RecordData data) {

  private static final Duration LONGEST = Duration.ofSeconds(Integer.MAX_VALUE);

  /** Checks that no value is missing and that the time to live is in its range. */
  public DnsRecord {
    Checks.text("name", name);
    Checks.given("type", type);
    Checks.range("timeToLive", timeToLive, Duration.ZERO, LONGEST);
    Checks.given("data", data);
  }

  /** Returns the record as a line of a zone file. */
  @Override
  public String toString() {
    return name + (name.equals(".") ? " " : ". ") + timeToLive.toSeconds() + " IN " + type + " " + data.text();
  }
}
