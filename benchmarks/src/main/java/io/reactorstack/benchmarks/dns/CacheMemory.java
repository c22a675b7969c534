package io.reactorstack.benchmarks.dns;

import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DefaultDnsCache;
import io.reactorstack.benchmarks.suite.group.HeapUse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Cache;
import org.xbill.DNS.DClass;

/**
 * The heap that a cached name holds: the live objects with the names in the cache of a resolver that has asked for all of
 * them, minus those without. The names are not kept elsewhere.
 *
 * @param resolver whose cache it is
 * @param records the types of the records of each name, as a text
 * @param bytes the bytes of each name
 */
record CacheMemory(String resolver, String records, double bytes) {

  private static final long CACHE_BYTES = 1L << 32;

  /** A resolver with space for all names. */
  @FunctionalInterface
  private interface Maker {
    Resolver make(NameServer server, ResolvedAddressTypes types);
  }

  /** Measures all caches with {@code names} names each. */
  static List<CacheMemory> measure(int names) throws IOException, InterruptedException {
    List<CacheMemory> all = new ArrayList<>();
    try (NameServer server = NameServer.onLoopback()) {
      for (List<Resolver.Type> types : List.of(List.of(Resolver.Type.A), List.of(Resolver.Type.values()))) {
        ResolvedAddressTypes addresses = types.size() == 1
            ? ResolvedAddressTypes.IPV4_ONLY
            : ResolvedAddressTypes.IPV4_PREFERRED;
        add(all, "OURS", server, names, types, addresses,
            (s, a) -> StackResolver.onKernel(s, resolver -> resolver.cacheSize(CACHE_BYTES)));
        add(all, "DNSJAVA", server, names, types, addresses, (s, a) -> DnsjavaResolver.cached(s, cache(names)));
        // Netty asks for all types of addresses in one call.
        add(all, "NETTY", server, names, List.of(Resolver.Type.A), addresses,
            (s, a) -> NettyResolver.cached(s, new DefaultDnsCache(), a));
      }
    }
    return all;
  }

  private static Cache cache(int names) {
    Cache cache = new Cache(DClass.IN);
    cache.setMaxEntries(2 * names);
    return cache;
  }

  private static void add(List<CacheMemory> all, String label, NameServer server, int names, List<Resolver.Type> asked,
      ResolvedAddressTypes types, Maker maker) throws InterruptedException {
    Resolver resolver = maker.make(server, types);
    // Classes, buffers and one generation of sockets are there before the first measurement.
    CachedLookup.fill(resolver, i -> "before" + i + "." + NameServer.ZONE, names / 10, asked);
    HeapUse before = HeapUse.current();
    CachedLookup.fill(resolver, i -> "host" + i + "." + NameServer.ZONE, names, asked);
    double bytes = HeapUse.current().perPart(before, names);
    resolver.close();
    all.add(new CacheMemory(label, types == ResolvedAddressTypes.IPV4_ONLY ? "A" : "A, AAAA", bytes));
  }
}
