package io.reactorstack.benchmarks.dns;

import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DefaultDnsCache;
import io.reactorstack.dns.AddressType;
import io.reactorstack.dns.cache.RecordCache;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.resolve.Resolutions;
import io.reactorstack.dns.resolve.ResolverHandle;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.xbill.DNS.Cache;
import org.xbill.DNS.Credibility;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import reactor.core.publisher.Mono;

/**
 * The ways to look up a name that is in a cache. Those through a resolver take the name as a text, as an application has
 * it; those of a cache alone take the cache's own keys, which were made before.
 */
public enum CachedLookup {
  /** This project's resolver: the records, as a {@link Mono} that is made and subscribed to for each look-up. */
  OURS_QUERY {
    @Override
    Open open(NameServer server, List<String> names) throws InterruptedException {
      return ours(server, names, resolver -> name -> value(resolver.resolver().query(name, RecordType.A)));
    }
  },
  /** This project's resolver: the IPv4 addresses of a host, as a {@link Mono}. */
  OURS_LOOKUP {
    @Override
    Open open(NameServer server, List<String> names) throws InterruptedException {
      return ours(server, names, resolver -> name -> value(resolver.resolver().lookup(name, AddressType.A)));
    }
  },
  /** The inner part of the resolver alone: the answer of the cache, which follows aliases and counts hits. */
  OURS_ANSWER {
    @Override
    Open open(NameServer server, List<String> names) throws InterruptedException {
      StackResolver resolver = filled(StackResolver.onKernel(server, ours -> ours), names);
      Resolutions resolutions = ResolverHandle.access(resolver.resolver()).resolutions();
      Question[] questions = questions(names);
      return new Open(i -> resolutions.known(questions[i]), resolver::close);
    }
  },
  /** This project's cache alone. */
  OURS_CACHE {
    @Override
    Open open(NameServer server, List<String> names) throws InterruptedException {
      StackResolver resolver = filled(StackResolver.onKernel(server, ours -> ours), names);
      RecordCache cache = ResolverHandle.access(resolver.resolver()).resolutions().cache();
      Question[] questions = questions(names);
      return new Open(i -> cache.find(questions[i]), resolver::close);
    }
  },
  /** dnsjava's look-up session. */
  DNSJAVA {
    @Override
    Open open(NameServer server, List<String> names) throws InterruptedException {
      DnsjavaResolver resolver = filled(DnsjavaResolver.cached(server, new Cache(DClass.IN)), names);
      String[] texts = names.toArray(String[]::new);
      return new Open(i -> resolver.session().lookupAsync(DnsjavaResolver.name(texts[i]), Type.A).toCompletableFuture()
          .getNow(null), resolver::close);
    }
  },
  /** dnsjava's cache alone. */
  DNSJAVA_CACHE {
    @Override
    Open open(NameServer server, List<String> names) throws InterruptedException {
      Cache cache = new Cache(DClass.IN);
      DnsjavaResolver resolver = filled(DnsjavaResolver.cached(server, cache), names);
      Name[] keys = names.stream().map(DnsjavaResolver::name).toArray(Name[]::new);
      return new Open(i -> {
        var found = cache.lookupRecords(keys[i], Type.A, Credibility.NORMAL);
        return found.isSuccessful() ? found : null;
      }, resolver::close);
    }
  },
  /** Netty's resolver. */
  NETTY {
    @Override
    Open open(NameServer server, List<String> names) throws InterruptedException {
      NettyResolver resolver = filled(NettyResolver.cached(server, new DefaultDnsCache(),
          ResolvedAddressTypes.IPV4_ONLY), names);
      String[] texts = names.toArray(String[]::new);
      return new Open(i -> resolver.resolver().resolveAll(texts[i]).getNow(), resolver::close);
    }
  },
  /** Netty's cache alone. */
  NETTY_CACHE {
    @Override
    Open open(NameServer server, List<String> names) throws InterruptedException {
      DefaultDnsCache cache = new DefaultDnsCache();
      NettyResolver resolver = filled(NettyResolver.cached(server, cache, ResolvedAddressTypes.IPV4_ONLY), names);
      String[] texts = names.stream().map(name -> name + ".").toArray(String[]::new);
      DnsRecord[] additional = {};
      return new Open(i -> cache.get(texts[i], additional), resolver::close);
    }
  };

  private static final int OUTSTANDING = 50;

  /**
   * A filled cache.
   *
   * @param lookUp returns what is known about the name with a number, or {@code null}
   * @param end ends the resolver
   */
  record Open(IntFunction<Object> lookUp, Runnable end) {}

  /** Returns the look-up, with all {@code names} in the cache. */
  abstract Open open(NameServer server, List<String> names) throws InterruptedException;

  private static Open ours(NameServer server, List<String> names,
      Function<StackResolver, Function<String, Object>> lookUp) throws InterruptedException {
    StackResolver resolver = filled(StackResolver.onKernel(server, ours -> ours), names);
    Function<String, Object> one = lookUp.apply(resolver);
    String[] texts = names.toArray(String[]::new);
    return new Open(i -> one.apply(texts[i]), resolver::close);
  }

  private static Object value(Mono<?> lookUp) {
    StackResolver.Taken<Object> taken = new StackResolver.Taken<>(failure -> {});
    lookUp.subscribe(taken);
    return taken.value();
  }

  private static Question[] questions(List<String> names) {
    return names.stream().map(name -> new Question(Names.absolute(name), Type.A)).toArray(Question[]::new);
  }

  private static <R extends Resolver> R filled(R resolver, List<String> names) throws InterruptedException {
    fill(resolver, names::get, names.size(), List.of(Resolver.Type.A));
    return resolver;
  }

  /** Asks for {@code count} names, whose answers are then in the cache of {@code resolver}. */
  static void fill(Resolver resolver, IntFunction<String> names, int count, List<Resolver.Type> types)
      throws InterruptedException {
    resolver.askAll(names, count, Math.min(OUTSTANDING, count), types);
  }

  /** Returns whether the look-up is this project's. */
  boolean isOurs() {
    return name().startsWith("OURS");
  }

  /** Returns the look-ups of other software that do the same as this one. */
  List<CachedLookup> peers() {
    boolean isCache = this == OURS_CACHE || this == OURS_ANSWER;
    return Stream.of(values()).filter(other -> !other.isOurs() && other.name().endsWith("_CACHE") == isCache).toList();
  }
}
