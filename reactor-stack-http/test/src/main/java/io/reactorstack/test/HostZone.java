package io.reactorstack.test;

import io.reactorstack.dns.server.Zone;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** The DNS zone of hosts that come and go; it is built again when they have changed. */
final class HostZone implements Supplier<Zone> {

  /** The domain in which each host has a second name. */
  static final String DOMAIN = "lab";

  /** A host's name and its present addresses. */
  record Entry(String name, List<IpAddress> addresses) {}

  private final Supplier<List<Entry>> hosts;
  private final Duration timeToLive;
  private final Duration negativeTimeToLive;
  private List<Entry> known = List.of();
  private Zone zone;

  /** @param hosts returns the present hosts; called for each query */
  HostZone(Supplier<List<Entry>> hosts, Duration timeToLive, Duration negativeTimeToLive) {
    this.hosts = hosts;
    this.timeToLive = timeToLive;
    this.negativeTimeToLive = negativeTimeToLive;
    this.zone = zone(known);
  }

  @Override
  public Zone get() {
    List<Entry> now = hosts.get();
    if (!now.equals(known)) {
      known = now;
      zone = zone(now);
    }
    return zone;
  }

  /** Builds a zone for the root, so that a name of no host gets the answer "no such name" in whatever domain it is. */
  private Zone zone(List<Entry> entries) {
    Zone built = Zone.of(".").timeToLive(timeToLive).negativeTimeToLive(negativeTimeToLive);
    for (Entry entry : entries) {
      built = with(built, entry.name, entry.addresses.toArray(IpAddress[]::new));
    }
    return built;
  }

  private static Zone with(Zone zone, String name, IpAddress[] addresses) {
    try {
      return zone.address(name, addresses).address(name + "." + DOMAIN, addresses);
    } catch (IllegalArgumentException e) {
      // A host's name may be any text; a name that is not a domain name cannot be queried.
      return zone;
    }
  }
}
