package io.reactorstack.dns.server;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** The zones of a server, in the form that queries search. */
final class ServedZones {

  private final List<Served> zones;

  /** Each query finds the zones' current content. */
  ServedZones(List<? extends Supplier<? extends Zone>> zones) {
    this.zones = zones.stream().map(Served::new).toList();
  }

  /** A source of a zone and the search tree of the zone that it last returned. */
  private static final class Served {

    private final Supplier<? extends Zone> source;
    private Zone zone;
    private ZoneTree tree;

    Served(Supplier<? extends Zone> source) {
      this.source = source;
      this.zone = source.get();
      this.tree = zone.tree();
    }

    ZoneTree tree() {
      Zone now = source.get();
      if (now != zone) {
        zone = now;
        tree = now.tree();
      }
      return tree;
    }
  }

  /**
   * Returns the zone that answers for {@code name} and {@code type}: the one with the longest origin, but the DS records
   * of a served zone come from its parent if that is served too (RFC 4035 section 3.1.4.1). Returns {@code null} if no
   * zone contains the name.
   */
  @Nullable
  ZoneTree zone(Name name, int type) {
    ZoneTree own = null;
    ZoneTree closest = null;
    for (Served served : zones) {
      ZoneTree zone = served.tree();
      if (type == Type.DS && name.equals(zone.origin())) {
        own = own == null ? zone : own;
      } else if (name.subdomain(zone.origin())
          && (closest == null || zone.origin().labels() > closest.origin().labels())) {
        closest = zone;
      }
    }
    return closest == null ? own : closest;
  }
}
