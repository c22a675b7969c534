package io.reactorstack.benchmarks.dns;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.resolver.HostsFileEntriesResolver;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.netty.resolver.dns.NoopAuthoritativeDnsServerCache;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import reactor.netty.resources.LoopResources;

/** Netty's resolver, on one loop of the same kind as that of {@link StackResolver}. */
final class NettyResolver implements Resolver {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final LoopResources loops = LoopResources.create("netty-dns", 1, true);
  private final DnsNameResolver resolver;
  private final boolean asksRecords;

  private NettyResolver(NameServer server, DnsNameResolverBuilder builder, ResolvedAddressTypes types,
      boolean asksRecords) {
    EventLoopGroup group = loops.onClient(true);
    this.asksRecords = asksRecords;
    this.resolver = builder.eventLoop(group.next())
        .datagramChannelFactory(() -> loops.onChannel(DatagramChannel.class, group))
        .socketChannelFactory(() -> loops.onChannel(SocketChannel.class, group))
        .nameServerProvider(new SingletonDnsServerAddressStreamProvider(server.address()))
        .hostsFileEntriesResolver((HostsFileEntriesResolver) (name, addressTypes) -> null)
        .searchDomains(List.of()).ndots(1)
        .resolvedAddressTypes(types).build();
  }

  /** Returns a resolver that resolves host names, without a cache. */
  static NettyResolver uncached(NameServer server, DnsNameResolverChannelStrategy strategy) {
    return new NettyResolver(server, withoutCaches().datagramChannelStrategy(strategy), ResolvedAddressTypes.IPV4_ONLY,
        false);
  }

  /** Returns a resolver of whose methods the one for plain queries is used, without a cache. */
  static NettyResolver ofQueries(NameServer server) {
    return new NettyResolver(server, withoutCaches(), ResolvedAddressTypes.IPV4_ONLY, true);
  }

  /** Returns a resolver that resolves host names and keeps them in {@code cache}. */
  static NettyResolver cached(NameServer server, DnsCache cache, ResolvedAddressTypes types) {
    return new NettyResolver(server, new DnsNameResolverBuilder().resolveCache(cache), types, false);
  }

  private static DnsNameResolverBuilder withoutCaches() {
    return new DnsNameResolverBuilder().resolveCache(NoopDnsCache.INSTANCE).cnameCache(NoopDnsCnameCache.INSTANCE)
        .authoritativeDnsServerCache(NoopAuthoritativeDnsServerCache.INSTANCE);
  }

  /** The resolver. */
  DnsNameResolver resolver() {
    return resolver;
  }

  @Override
  public void ask(String name, Type type, Consumer<Throwable> end) {
    if (asksRecords) {
      resolver.query(new DefaultDnsQuestion(name, DnsRecordType.A)).addListener(answer -> {
        ReferenceCountUtil.release(answer.getNow());
        end.accept(answer.cause());
      });
    } else {
      resolver.resolveAll(name).addListener(answer -> end.accept(answer.cause()));
    }
  }

  @Override
  public void close() {
    resolver.close();
    loops.disposeLater(Duration.ZERO, LIMIT).block(LIMIT);
  }
}
