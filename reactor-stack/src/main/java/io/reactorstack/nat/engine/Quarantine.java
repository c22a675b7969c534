package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatProtocol;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The ports of ended mappings that no other inside endpoint gets for a while (RFC 6888 REQ-8). They count as used in
 * their {@link PortSet}.
 */
final class Quarantine {

  private record Place(OutsideAddress outside, NatProtocol protocol, int port) {}

  private record Entry(long inside, long until) {}

  private final long time;
  /** The entries in the order of their ends. */
  private final Map<Place, Entry> entries = new LinkedHashMap<>();

  /** Creates an empty quarantine of {@code time} nanoseconds; with 0 no port is kept. */
  Quarantine(long time) {
    this.time = time;
  }

  /** Keeps the port of an ended mapping, or releases it at once. */
  void onEnded(Mapping mapping, long inside, long now) {
    if (time == 0) {
      mapping.outside().used(mapping.protocol()).remove(mapping.outsidePort());
    } else {
      entries.put(new Place(mapping.outside(), mapping.protocol(), mapping.outsidePort()),
          new Entry(inside, now + time));
    }
  }

  /** Ends the quarantine of a port if it was that of the inside endpoint {@code inside}; returns whether it was. */
  boolean reclaim(OutsideAddress outside, NatProtocol protocol, int port, long inside) {
    if (entries.isEmpty()) {
      return false;
    }
    Place place = new Place(outside, protocol, port);
    Entry entry = entries.get(place);
    return entry != null && entry.inside == inside && entries.remove(place, entry);
  }

  /** Ends the quarantine of a port that a port forwarding takes. */
  void cancel(OutsideAddress outside, NatProtocol protocol, int port) {
    entries.remove(new Place(outside, protocol, port));
  }

  void expire(long now) {
    Iterator<Map.Entry<Place, Entry>> oldest = entries.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<Place, Entry> entry = oldest.next();
      if (entry.getValue().until > now) {
        return;
      }
      Place place = entry.getKey();
      place.outside.used(place.protocol).remove(place.port);
      oldest.remove();
    }
  }

  /** Forgets the ports of a removed address. */
  void forget(OutsideAddress outside) {
    entries.keySet().removeIf(place -> place.outside.equals(outside));
  }

  int size() {
    return entries.size();
  }

  long nextDeadline() {
    return entries.isEmpty() ? IdleQueue.NEVER : entries.values().iterator().next().until;
  }
}
