package io.reactorstack.lab;

import io.reactorstack.packet.MacAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of a switch: the port behind which each station of each VLAN is (IEEE 802.1Q section 8.8). Confined to the
 * loop.
 *
 * <p>A station that invents addresses cannot evict others from a full table. An address to which a frame was forwarded
 * remains until it ages. Of the other addresses a new one replaces the least recently seen one of the port that has most
 * of them, so an attacker replaces its own. If there is none, the new address is not learnt.
 */
final class MacTable {

  private record Key(int vlan, MacAddress address) {}

  /** An address of a station, and its port. */
  static final class Entry {

    private final Key key;
    private Ports.Port port;
    private long seen;
    private boolean used;

    private Entry(Key key, Ports.Port port) {
      this.key = key;
      this.port = port;
    }

    int vlan() {
      return key.vlan;
    }

    MacAddress address() {
      return key.address;
    }

    Ports.Port port() {
      return port;
    }

    /** The loop's clock when a frame of the station was last seen. */
    long seen() {
      return seen;
    }
  }

  /** The addresses of one port. */
  private static final class Share {

    private int size;
    /** The addresses to which no frame was forwarded yet, the least recently seen first. */
    private final Map<Key, Entry> unused = new LinkedHashMap<>();
  }

  private final SwitchSettings settings;
  /** The least recently seen address is first. */
  private final Map<Key, Entry> entries = new LinkedHashMap<>();
  /** In the order in which the ports first had an address. */
  private final Map<Ports.Port, Share> shares = new LinkedHashMap<>();
  private final SwitchCounters counters;

  MacTable(SwitchSettings settings, SwitchCounters counters) {
    this.settings = settings;
    this.counters = counters;
  }

  /**
   * Notes that a frame from {@code address} has arrived at {@code port}; returns false if that port already has as many
   * addresses as the settings allow.
   */
  boolean learn(int vlan, MacAddress address, Ports.Port port, long now) {
    age(now);
    Key key = new Key(vlan, address);
    Entry known = entries.get(key);
    if (known != null && known.port == port) {
      see(known, now);
      return true;
    }
    if (share(port).size >= settings.addressesPerPort()) {
      return false;
    }
    if (known != null) {
      move(known, port);
      see(known, now);
    } else if (entries.size() < settings.tableSize() || evictFor(port)) {
      Entry added = new Entry(key, port);
      share(port).size++;
      see(added, now);
      counters.addresses(entries.size());
      counters.count(SwitchMeter.ADDRESSES_LEARNT);
    } else {
      counters.count(SwitchMeter.ADDRESSES_REFUSED);
    }
    return true;
  }

  /** Returns the entry of a station, or {@code null}. */
  @Nullable
  Entry lookUp(int vlan, MacAddress address, long now) {
    age(now);
    return entries.get(new Key(vlan, address));
  }

  /** Notes that a frame is forwarded to the station of {@code entry}, so that no new address replaces it. */
  void use(Entry entry) {
    if (!entry.used) {
      entry.used = true;
      share(entry.port).unused.remove(entry.key);
    }
  }

  /** Returns the addresses, the least recently seen one first. */
  List<Entry> entries(long now) {
    age(now);
    return List.copyOf(entries.values());
  }

  /** Removes the addresses of {@code port}. */
  void forget(Ports.Port port) {
    forget(entries.values().stream().filter(entry -> entry.port == port).toList());
    shares.remove(port);
  }

  /** Removes all addresses. */
  void clear() {
    forget(new ArrayList<>(entries.values()));
    shares.clear();
  }

  private void forget(Collection<Entry> gone) {
    gone.forEach(entry -> remove(entry, SwitchMeter.ADDRESSES_FORGOTTEN));
  }

  private void age(long now) {
    Iterator<Entry> oldest = entries.values().iterator();
    while (oldest.hasNext()) {
      Entry entry = oldest.next();
      if (now - entry.seen < settings.ageingTime().toNanos()) {
        return;
      }
      remove(entry, SwitchMeter.ADDRESSES_AGED);
      oldest = entries.values().iterator();
    }
  }

  private void see(Entry entry, long now) {
    entry.seen = now;
    // Moves the entry to the end of the order.
    entries.remove(entry.key);
    entries.put(entry.key, entry);
    if (!entry.used) {
      Map<Key, Entry> unused = share(entry.port).unused;
      unused.remove(entry.key);
      unused.put(entry.key, entry);
    }
  }

  private void move(Entry entry, Ports.Port port) {
    leave(entry);
    entry.port = port;
    entry.used = false;
    share(port).size++;
    counters.count(SwitchMeter.ADDRESSES_MOVED);
  }

  /** Removes an entry to make room for an address at {@code port}; returns false if each entry is in use. */
  private boolean evictFor(Ports.Port port) {
    Share most = share(port);
    for (Share each : shares.values()) {
      if (each.unused.size() > most.unused.size()) {
        most = each;
      }
    }
    if (most.unused.isEmpty()) {
      return false;
    }
    remove(most.unused.values().iterator().next(), SwitchMeter.ADDRESSES_EVICTED);
    return true;
  }

  private void remove(Entry entry, SwitchMeter reason) {
    entries.remove(entry.key);
    leave(entry);
    counters.addresses(entries.size());
    counters.count(reason);
  }

  private void leave(Entry entry) {
    Share share = share(entry.port);
    share.size--;
    share.unused.remove(entry.key);
  }

  private Share share(Ports.Port port) {
    return shares.computeIfAbsent(port, unused -> new Share());
  }
}
