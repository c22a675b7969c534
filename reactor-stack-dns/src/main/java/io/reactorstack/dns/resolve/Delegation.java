package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.cache.RecordCache;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * A zone and the servers that are said to serve it, with the addresses that are known so far. Belongs to one descent, and
 * changes as addresses become known.
 */
final class Delegation {

  private static final int PORT = 53;
  private static final int[] ADDRESS_TYPES = {Type.A, Type.AAAA};

  /** The largest number of servers of a zone that are used; more make nothing safer (NXNSAttack). */
  private static final int MAX_SERVERS = 16;

  private final Name zone;
  private final Predicate<IpAddress> reaches;
  private final boolean isFromCache;
  private final Map<Name, Set<IpAddress>> servers = new LinkedHashMap<>();
  private final Set<Name> askedFor = new HashSet<>();

  private Delegation(Name zone, Predicate<IpAddress> reaches, boolean isFromCache) {
    this.zone = zone;
    this.reaches = reaches;
    this.isFromCache = isFromCache;
  }

  /** Returns the root zone with the servers of {@code hints}; {@code reaches} says which addresses can be used. */
  static Delegation of(RootHints hints, Predicate<IpAddress> reaches) {
    Delegation root = new Delegation(Name.root, reaches, false);
    root.addAll(hints);
    return root;
  }

  /** Returns the zone of {@code servers}, with the addresses that the cache knows. */
  static Delegation cached(RRset servers, RecordCache cache, Predicate<IpAddress> reaches) {
    Delegation zone = new Delegation(servers.name(), reaches, true);
    zone.add(servers, List.of(), cache);
    return zone;
  }

  /** Returns the zone of a referral, with its glue and the addresses that the cache knows. */
  static Delegation of(Reading.Referral referral, RecordCache cache, Predicate<IpAddress> reaches) {
    Delegation zone = new Delegation(referral.zone(), reaches, false);
    zone.add(referral.servers(), referral.glue(), cache);
    return zone;
  }

  private void add(RRset set, List<RRset> glue, RecordCache cache) {
    for (Record r : set.records()) {
      if (r instanceof NSRecord server && servers.size() < MAX_SERVERS) {
        servers.computeIfAbsent(server.getTarget(), name -> new LinkedHashSet<>());
        for (RRset told : glue) {
          if (told.name().equals(server.getTarget())) {
            add(told.name(), told.addresses());
          }
        }
        for (int type : ADDRESS_TYPES) {
          RRset known = cache.set(server.getTarget(), type);
          if (known != null) {
            add(known.name(), known.addresses());
          }
        }
      }
    }
  }

  /** The name of the zone. */
  Name zone() {
    return zone;
  }

  /** Returns whether the servers were known before the descent, and may have changed since. */
  boolean isFromCache() {
    return isFromCache;
  }

  /** Adds the servers and addresses of {@code hints}, for servers whose addresses are not known. */
  void complete(RootHints hints) {
    if (addresses().isEmpty()) {
      addAll(hints);
    }
  }

  private void addAll(RootHints hints) {
    hints.servers().forEach(this::add);
  }

  /** Adds those addresses of the server {@code name} that can be used; returns whether one of them is new. */
  boolean add(Name name, List<IpAddress> addresses) {
    return servers.computeIfAbsent(name, added -> new LinkedHashSet<>())
        .addAll(addresses.stream().filter(reaches).toList());
  }

  /** Returns whether a server can be asked, or the address of one could be found. */
  boolean isUsable() {
    return servers.entrySet().stream()
        .anyMatch(server -> !server.getValue().isEmpty() || !server.getKey().subdomain(zone));
  }

  /** Returns whether the address of another server could be found. */
  boolean hasUnknown() {
    return servers.entrySet().stream().anyMatch(this::isUnknown);
  }

  private boolean isUnknown(Map.Entry<Name, Set<IpAddress>> server) {
    return server.getValue().isEmpty() && !server.getKey().subdomain(zone) && !askedFor.contains(server.getKey());
  }

  /** The known addresses of all servers that can be used. */
  List<Endpoint> addresses() {
    List<Endpoint> all = new ArrayList<>();
    servers.values().forEach(addresses -> addresses.forEach(address -> {
      Endpoint server = new Endpoint(address, PORT);
      if (!all.contains(server)) {
        all.add(server);
      }
    }));
    return all;
  }

  /** Returns the name of the server with {@code address}. */
  Name nameOf(IpAddress address) {
    return servers.entrySet().stream().filter(server -> server.getValue().contains(address))
        .map(Map.Entry::getKey).findFirst().orElse(zone);
  }

  /**
   * Returns the name of a server without a usable address that was not asked for, or {@code null} if there is none. A
   * name in the zone itself is none: only the zone's servers could tell its address.
   */
  @Nullable
  Name nextUnknown() {
    for (Map.Entry<Name, Set<IpAddress>> server : servers.entrySet()) {
      if (isUnknown(server)) {
        askedFor.add(server.getKey());
        return server.getKey();
      }
    }
    return null;
  }
}
