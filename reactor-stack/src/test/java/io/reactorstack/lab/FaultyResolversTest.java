package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.NetworkStack;
import io.reactorstack.name.NameResolver;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.packet.IpAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.tcp.TcpClient;

/** Resolvers of users that break the rules of {@link NameResolver}: each use of a name fails, and says why. */
@Timeout(60)
class FaultyResolversTest {

  private static final IpAddress BANK = IpAddress.parse("10.0.0.2");

  private final Lab lab = Lab.builder().seed(5).strict().virtualTime();
  private final Switch lan = lab.newSwitch("lan");

  @AfterEach
  void close() {
    lab.close();
  }

  private NetworkStack using(NameResolver resolver) {
    Host bank = lab.host("bank").on(lan, BANK + "/24").start();
    bank.stack().tcp().listen(7).subscribe(connection -> connection.close().subscribe());
    return lab.host("shop").stack(s -> s.resolver(stack -> resolver)).on(lan, "10.0.0.1/24").start().stack();
  }

  /** Everything that takes a name; all of it works with a resolver that finds the address of the bank. */
  private static Map<String, Mono<?>> uses(NetworkStack stack) {
    Map<String, Mono<?>> uses = new LinkedHashMap<>();
    uses.put("resolver", stack.resolver().resolve("bank").collectList());
    uses.put("tcp", stack.tcp().connect("bank", 7));
    uses.put("udp", stack.udp().connect("bank", 7));
    uses.put("ping", stack.icmp().ping("bank"));
    uses.put("netty", StackLoopResources.client(stack, TcpClient.newConnection()).host("bank").port(7).connect());
    return uses;
  }

  @Test
  void resultWithoutAnAddressIsAnUnknownHost() {
    NameResolver empty = host -> Flux.empty();
    NetworkStack stack = using(empty);
    Map<String, Mono<?>> uses = uses(stack);
    uses.put("tcp with a resolver of its own", stack.tcp().resolver(empty).connect("bank", 7));
    uses.forEach((use, name) -> assertThatThrownBy(() -> lab.await(name)).as(use).cause()
        .isInstanceOf(UnknownHostException.class).hasMessage("bank: no address, says " + empty));
  }

  @Test
  void errorAfterSomeAddressesIsAFailure() {
    NameResolver half = host -> Flux.just(BANK)
        .concatWith(Flux.error(() -> new UnknownHostException(host + ": half of the answer is missing")));
    NetworkStack stack = using(half);
    Map<String, Mono<?>> uses = uses(stack);
    uses.put("tcp with a resolver of its own", stack.tcp().resolver(half).connect("bank", 7));
    uses.forEach((use, name) -> assertThatThrownBy(() -> lab.await(name)).as(use).cause()
        .isInstanceOf(UnknownHostException.class).hasMessage("bank: half of the answer is missing"));
  }

  @Test
  void nullInsteadOfAResultIsNamed() {
    uses(using(host -> null)).forEach((use, name) -> assertThatThrownBy(() -> lab.await(name)).as(use)
        .isInstanceOf(NullPointerException.class).hasMessageContaining("result of the resolver for bank"));
  }

  @Test
  void correctResolverServesAllUses() {
    uses(using(host -> Flux.just(BANK))).values().forEach(lab::await);
  }
}
