package io.reactorstack.benchmarks.dns;

import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.reactorstack.dns.DnsResolver;
import java.io.IOException;
import java.util.function.UnaryOperator;

/** The resolvers that send a query for each question. */
public enum UncachedResolver {
  /** This project's on the kernel's sockets, as a user gets it: EDNS, cookies, random letter case. */
  OURS(resolver -> resolver),
  /** The same without cookies. */
  OURS_NO_COOKIE(resolver -> resolver.cookies(false)),
  /** The same without random letter case. */
  OURS_NO_CASE(resolver -> resolver.randomCase(false)),
  /** The same with EDNS only, like Netty's and dnsjava's. */
  OURS_EDNS_ONLY(resolver -> resolver.cookies(false).randomCase(false)),
  /** The same without EDNS and what needs it. */
  OURS_BARE(resolver -> resolver.edns(false).randomCase(false)),
  /** This project's on a stack on a TAP interface. Root only. */
  OURS_TAP(resolver -> resolver) {
    @Override
    Resolver open(NameServer server) throws IOException {
      return StackResolver.onTap(resolver -> resolver.cacheSize(0));
    }
  },
  /** Netty's, which sends all queries from one port. */
  NETTY(null) {
    @Override
    Resolver open(NameServer server) {
      return NettyResolver.uncached(server, DnsNameResolverChannelStrategy.ChannelPerResolver);
    }
  },
  /** Netty's, which sends each query from a port of its own. */
  NETTY_PER_RESOLUTION(null) {
    @Override
    Resolver open(NameServer server) {
      return NettyResolver.uncached(server, DnsNameResolverChannelStrategy.ChannelPerResolution);
    }
  },
  /** Netty's method for plain queries: no aliases, no retries, no addresses. */
  NETTY_QUERY(null) {
    @Override
    Resolver open(NameServer server) {
      return NettyResolver.ofQueries(server);
    }
  },
  /** The look-up session of dnsjava. */
  DNSJAVA(null) {
    @Override
    Resolver open(NameServer server) {
      return DnsjavaResolver.uncached(server);
    }
  },
  /** The simple resolver of dnsjava, which only sends queries. */
  DNSJAVA_SIMPLE(null) {
    @Override
    Resolver open(NameServer server) {
      return DnsjavaResolver.simple(server);
    }
  };

  private final UnaryOperator<DnsResolver> settings;

  UncachedResolver(UnaryOperator<DnsResolver> settings) {
    this.settings = settings;
  }

  /** Returns a new resolver, which asks {@code server}, or a server of its own. */
  Resolver open(NameServer server) throws IOException {
    return StackResolver.onKernel(server, resolver -> settings.apply(resolver).cacheSize(0));
  }
}
