package io.reactorstack.dns;

import static io.reactorstack.dns.FakeServers.a;
import static io.reactorstack.dns.FakeServers.answering;
import static io.reactorstack.dns.ResolverBench.S1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.resolver.AddressResolver;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.netty.StackAddressResolverGroup;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** Tests the resolver behind Netty's resolver interfaces. */
class DnsForNettyTest {

  private final ResolverBench bench = new ResolverBench(S1);
  private final StackAddressResolverGroup group = StackAddressResolverGroup.of(bench.resolver);
  private final AddressResolver<InetSocketAddress> names = group.getResolver(bench.loop);

  @AfterEach
  void close() {
    group.close();
  }

  private <T> Future<T> done(Future<T> future) {
    if (!future.isDone()) {
      bench.loop.runUntilIdle(Duration.ofMinutes(10));
    }
    assertThat(future.isDone()).isTrue();
    return future;
  }

  @Test
  void resolvesAnUnresolvedAddressAndKeepsItsNameAndPort() {
    bench.net.overUdp(S1, answering(m -> {
      m.addRecord(a("www.lab", 60, "10.0.0.3"), Section.ANSWER);
      m.addRecord(a("www.lab", 60, "10.0.0.4"), Section.ANSWER);
    }));
    InetSocketAddress unresolved = InetSocketAddress.createUnresolved("www.lab", 8080);
    assertThat(names.isResolved(unresolved)).isFalse();
    InetSocketAddress resolved = done(names.resolve(unresolved)).getNow();
    assertThat(resolved.getPort()).isEqualTo(8080);
    assertThat(resolved.getAddress().getHostAddress()).isEqualTo("10.0.0.3");
    assertThat(resolved.getHostString()).as("kept for TLS and logs").isEqualTo("www.lab");
    List<InetSocketAddress> all = done(names.resolveAll(unresolved)).getNow();
    assertThat(all).extracting(one -> one.getAddress().getHostAddress()).containsExactly("10.0.0.3", "10.0.0.4");
    assertThat(bench.net.asked).hasSize(1);
  }

  @Test
  void failsWithAnUnknownHostExceptionThatHasTheReason() {
    bench.net.overUdp(S1, answering(m -> m.getHeader().setRcode(Rcode.NXDOMAIN)));
    Future<InetSocketAddress> failed = done(names.resolve(InetSocketAddress.createUnresolved("no.lab", 80)));
    assertThat(failed.cause()).isInstanceOf(UnknownHostException.class).isInstanceOfSatisfying(
        DnsException.class, e -> assertThat(e.reason()).isEqualTo(DnsException.Reason.NAME_NOT_FOUND));
  }

  @Test
  void cancellingTheFutureAbandonsTheQuestion() {
    Future<InetSocketAddress> future = names.resolve(InetSocketAddress.createUnresolved("www.lab", 80));
    bench.loop.settle();
    assertThat(bench.net.open).isEqualTo(1);
    assertThat(future.cancel(false)).isTrue();
    bench.loop.settle();
    assertThat(bench.net.open).isZero();
  }

  @Test
  void queriesOnTheStacksLoopForAnyCallingThread() {
    AddressResolver<InetSocketAddress> elsewhere = group.getResolver(ImmediateEventExecutor.INSTANCE);
    Future<InetSocketAddress> future = elsewhere.resolve(InetSocketAddress.createUnresolved("www.lab", 80));
    bench.loop.settle();
    assertThat(bench.net.asked).hasSize(1);
    bench.net.overUdp(S1, answering(m -> m.addRecord(a("www.lab", 60, "10.0.0.3"), Section.ANSWER)));
    assertThat(done(future).getNow().getAddress().getHostAddress()).isEqualTo("10.0.0.3");
  }
}
