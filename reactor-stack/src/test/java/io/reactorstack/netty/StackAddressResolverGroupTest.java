package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.resolver.AddressResolver;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.IpAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.publisher.TestPublisher;

/** A resolver without a stack, behind Netty's resolver interfaces. */
class StackAddressResolverGroupTest {

  private static final InetSocketAddress NAME = InetSocketAddress.createUnresolved("www.lab", 80);

  private final TestPublisher<IpAddress> found = TestPublisher.create();
  private final NameResolver resolver = host -> found.flux();
  private final AddressResolver<InetSocketAddress> names = StackAddressResolverGroup.of(resolver)
      .getResolver(ImmediateEventExecutor.INSTANCE);

  private static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress();
  }

  @Test
  void firstAddressIsUsedAsSoonAsItIsKnownAndTheRestIsCancelled() {
    Future<InetSocketAddress> one = names.resolve(NAME);
    assertThat(one.isDone()).isFalse();
    found.next(IpAddress.parse("10.0.0.4"));
    assertThat(text(one.getNow())).isEqualTo("10.0.0.4");
    found.assertCancelled();
  }

  @Test
  void allAddressesAreKnownAtTheEnd() {
    Future<List<InetSocketAddress>> all = names.resolveAll(NAME);
    found.next(IpAddress.parse("10.0.0.4")).next(IpAddress.parse("10.0.0.3"));
    assertThat(all.isDone()).isFalse();
    found.complete();
    assertThat(all.getNow()).extracting(StackAddressResolverGroupTest::text).containsExactly("10.0.0.4", "10.0.0.3");
  }

  @Test
  void errorAfterSomeAddressesFailsWhoeverNeedsAll() {
    Future<List<InetSocketAddress>> all = names.resolveAll(NAME);
    found.next(IpAddress.parse("10.0.0.4")).error(new UnknownHostException("half"));
    assertThat(all.cause()).isInstanceOf(UnknownHostException.class).hasMessage("half");
  }

  @Test
  void resultWithoutAnAddressIsAnUnknownHost() {
    AddressResolver<InetSocketAddress> empty = StackAddressResolverGroup.of(host -> Flux.empty())
        .getResolver(ImmediateEventExecutor.INSTANCE);
    assertThat(empty.resolve(NAME).cause()).isInstanceOf(UnknownHostException.class)
        .hasMessageStartingWith("www.lab: no address, says ");
    assertThat(empty.resolveAll(NAME).cause()).isInstanceOf(UnknownHostException.class)
        .hasMessageStartingWith("www.lab: no address, says ");
  }
}
