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
  private final boolean isFromCache;
  private final Map<Name, Set<IpAddress>> servers = new LinkedHashMap<>();
  private final Set<Name> askedFor = new HashSet<>();

  private Delegation(Name zone, boolean isFromCache) {
    this.zone = zone;
    this.isFromCache = isFromCache;
  }

  /** Returns the root zone with the servers of {@code hints}. */
  static Delegation of(RootHints hints) {
    Delegation root = new Delegation(Name.root, false);
    hints.servers().forEach((name, addresses) -> root.servers.put(name, new LinkedHashSet<>(addresses)));
    return root;
  }

  /** Returns the zone of {@code servers}, with the addresses that the cache knows. */
  static Delegation cached(RRset servers, RecordCache cache) {
    Delegation zone = new Delegation(servers.name(), true);
    zone.add(servers, List.of(), cache);
    return zone;
  }

  /** Returns the zone of a referral, with its glue and the addresses that the cache knows. */
  static Delegation of(Reading.Referral referral, RecordCache cache) {
    Delegation zone = new Delegation(referral.zone(), false);
    zone.add(referral.servers(), referral.glue(), cache);
    return zone;
  }

  private void add(RRset set, List<RRset> glue, RecordCache cache) {
    for (Record r : set.records()) {
      if (r instanceof NSRecord server && servers.size() < MAX_SERVERS) {
        Set<IpAddress> addresses = servers.computeIfAbsent(server.getTarget(), name -> new LinkedHashSet<>());
        for (RRset told : glue) {
          if (told.name().equals(server.getTarget())) {
            addresses.addAll(told.addresses());
          }
        }
        for (int type : ADDRESS_TYPES) {
          RRset known = cache.set(server.getTarget(), type);
          if (known != null) {
            addresses.addAll(known.addresses());
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
      hints.servers().forEach(
          (name, addresses) -> servers.computeIfAbsent(name, added -> new LinkedHashSet<>()).addAll(addresses));
    }
  }

  /** Adds addresses of the server {@code name}; returns whether one of them is new. */
  boolean add(Name name, List<IpAddress> addresses) {
    return servers.computeIfAbsent(name, added -> new LinkedHashSet<>()).addAll(addresses);
  }

  /** The known addresses of all servers. */
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
   * Returns the name of a server whose addresses are not known and were not asked for, or {@code null} if there is none.
   * A name in the zone itself is none: only the zone's servers could tell its address.
   */
  @Nullable
  Name nextUnknown() {
    for (Map.Entry<Name, Set<IpAddress>> server : servers.entrySet()) {
      if (server.getValue().isEmpty() && !server.getKey().subdomain(zone) && askedFor.add(server.getKey())) {
        return server.getKey();
      }
    }
    return null;
  }
}
