package io.reactorstack.dns;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/** A resolver with fake servers, in virtual time. */
final class ResolverBench {

  static final Endpoint S1 = new Endpoint(IpAddress.parse("192.0.2.1"), 53);
  static final Endpoint S2 = new Endpoint(IpAddress.parse("192.0.2.2"), 53);

  /** The outcome of one resolution. */
  static final class Result {
    final List<HostAddresses> values = new ArrayList<>();
    @Nullable
    Throwable error;
    long at;
    Disposable subscription;

    boolean isOver() {
      return error != null || !values.isEmpty();
    }

    List<String> addresses() {
      if (error != null) {
        throw new AssertionError("resolution failed", error);
      }
      return values.getFirst().addresses().stream().map(Object::toString).toList();
    }

    HostAddresses value() {
      addresses();
      return values.getFirst();
    }

    DnsException.@Nullable Reason reason() {
      return error instanceof DnsException e ? e.reason() : null;
    }
  }

  final VirtualLoop loop = new VirtualLoop();
  final FakeServers net = new FakeServers(loop);
  final Drops drops = new Drops();
  final VirtualDnsHost host;
  DnsResolver resolver;

  ResolverBench(Endpoint... servers) {
    host = new VirtualDnsHost(loop, drops, net);
    // Without a random letter case, a fake server can compare names as texts.
    resolver = new DnsResolver(host, DnsSettings.DEFAULTS).randomCase(false).prefetch(false).servers(List.of(servers));
  }

  Result start(String host) {
    return start(host, AddressType.A);
  }

  Result start(String host, AddressType type) {
    Result result = new Result();
    result.subscription = resolver.lookup(host, type)
        .doFinally(signal -> result.at = loop.now())
        .subscribe(result.values::add, e -> result.error = e);
    loop.settle();
    return result;
  }

  /** Resolves {@code host} and advances the virtual time until there is an outcome. */
  Result resolve(String host) {
    return resolve(host, AddressType.A);
  }

  Result resolve(String host, AddressType type) {
    Result result = start(host, type);
    if (!result.isOver()) {
      loop.runUntilIdle(Duration.ofMinutes(10));
    }
    if (!result.isOver()) {
      throw new AssertionError("no outcome for " + host);
    }
    return result;
  }
}
