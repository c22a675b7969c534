package io.reactorstack;

import io.reactorstack.host.StackShard;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.setting.Checks;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The name resolver of a stack: answers IP literals and localhost itself, passes other names to the configured
 * resolver, and sorts the addresses that it returns.
 *
 * <p>The configured resolver may need the complete stack, so it is set later, once, by {@link #delegate}.
 */
final class HostResolver implements NameResolver {

  private static final IpAddress LOOPBACK = Ipv4Address.parse("127.0.0.1");

  private final StackShard shard;
  private final Scheduler onLoop;
  private volatile NameResolver delegate = NameResolver.none();

  HostResolver(StackShard shard) {
    this.shard = shard;
    this.onLoop = Schedulers.fromExecutor(shard.turn()::execute);
  }

  void delegate(NameResolver configured) {
    delegate = configured;
  }

  @Override
  public Flux<IpAddress> resolve(String host) {
    Checks.given("host", host);
    return Mono.defer(() -> find(host)).publishOn(onLoop).map(this::sorted).flatMapIterable(sorted -> sorted)
        // Runs the requests on the loop too: an address that was requested elsewhere is also emitted on the loop.
        .subscribeOn(onLoop).cancelOn(onLoop);
  }

  private Mono<List<IpAddress>> find(String host) {
    if (IpAddress.isLiteral(host)) {
      return Mono.fromCallable(() -> List.of(literal(host)));
    }
    if (isLocalhost(host)) {
      return Mono.just(List.of(LOOPBACK));
    }
    NameResolver configured = delegate;
    return Checks.given("result of the resolver for " + host, configured.resolve(host))
        .switchIfEmpty(Flux.error(() -> new UnknownHostException(host + ": no address, says " + configured)))
        .collectList();
  }

  /** Parses an address. A zone gets its index, which the JDK's addresses need. */
  private IpAddress literal(String text) throws UnknownHostException {
    try {
      return shard.ip().inOwnZone(IpAddress.parse(text));
    } catch (IllegalArgumentException e) {
      UnknownHostException unknown = new UnknownHostException(e.getMessage());
      unknown.initCause(e);
      throw unknown;
    }
  }

  /**
   * RFC 6761 section 6.3: localhost and all names below it resolve to the loopback address, without asking a resolver.
   */
  private static boolean isLocalhost(String name) {
    String bare = (name.endsWith(".") ? name.substring(0, name.length() - 1) : name).toLowerCase(Locale.ROOT);
    return bare.equals("localhost") || bare.endsWith(".localhost");
  }

  /** RFC 6724 section 6, on the loop. */
  private List<IpAddress> sorted(List<IpAddress> addresses) {
    return shard.ip().now().sorted(addresses);
  }
}
