package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.TcpException;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.testing.Inside;
import io.reactorstack.udp.Datagram;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/** Hosts of a lab resolve each other's names: for TCP, UDP, pings and Netty's bootstraps. */
@Timeout(60)
class HostNamesTest {

  private static final int ECHO = 7;

  private final Lab lab = Lab.builder().seed(3).strict().virtualTime();
  private final Switch lan = lab.newSwitch("lan");
  private final Switch storage = lab.newSwitch("storage");
  private final Host shop = lab.host("shop").on(lan, "10.0.0.1/24").start();

  @AfterEach
  void close() {
    lab.close();
  }

  private Host bank() {
    return listening(lab.host("bank").on(lan, "10.0.0.2/24").start());
  }

  private static Host listening(Host host) {
    host.stack().tcp().listen(ECHO)
        .subscribe(connection -> connection.send(connection.receive()).onErrorComplete().subscribe());
    return host;
  }

  private List<String> resolved(Host asker, String name) {
    return lab.await(asker.stack().resolver().resolve(name).collectList()).stream().map(IpAddress::toString).toList();
  }

  private TcpConnection connected(Host from, String name) {
    return lab.await(from.stack().tcp().connect(name, ECHO));
  }

  private static String remote(TcpConnection connection) {
    return connection.remoteAddress().getAddress().getHostAddress();
  }

  private void isUnknown(Mono<?> call, String message) {
    Duration before = lab.now();
    assertThatThrownBy(() -> lab.await(call)).cause().isInstanceOf(UnknownHostException.class).hasMessage(message);
    assertThat(lab.now()).as("no time has passed").isEqualTo(before);
  }

  @Test
  void aNameIsFoundInAnyCaseWithATrailingDotAndInTheDomainOfTheLab() {
    bank();
    for (String name : List.of("bank", "BANK", "Bank.", "bank.lab", "bank.LAB.", "10.0.0.2")) {
      assertThat(resolved(shop, name)).as(name).containsExactly("10.0.0.2");
    }
    assertThat(remote(connected(shop, "Bank.lab."))).isEqualTo("10.0.0.2");
    assertThat(lab.now()).as("the inventory takes no time").isZero();
  }

  @Test
  void hostResolvesItselfAndLocalhost() {
    assertThat(resolved(shop, "shop")).containsExactly("10.0.0.1");
    assertThat(resolved(shop, "LocalHost.")).containsExactly("127.0.0.1");
    assertThat(resolved(shop, "db.localhost")).containsExactly("127.0.0.1");
    listening(shop);
    assertThat(remote(connected(shop, "localhost"))).isEqualTo("127.0.0.1");
  }

  @Test
  void namesThatDifferOnlyByCaseAreFoundAsSpelled() {
    lab.host("Db").on(lan, "10.0.0.3/24").start();
    lab.host("DB").on(lan, "10.0.0.4/24").start();
    lab.host("db.lab").on(lan, "10.0.0.5/24").start();
    assertThat(resolved(shop, "DB")).containsExactly("10.0.0.4");
    assertThat(resolved(shop, "db")).as("the first").containsExactly("10.0.0.3");
    assertThat(resolved(shop, "DB.lab")).as("a host with exactly this name").containsExactly("10.0.0.5");
  }

  @Test
  void unknownNameFailsImmediatelyAndListsTheHosts() {
    bank();
    isUnknown(shop.stack().tcp().connect("bnak", ECHO),
        "bnak: no host of the lab has this name; its hosts are shop, bank");
    isUnknown(shop.stack().udp().connect("bnak", ECHO),
        "bnak: no host of the lab has this name; its hosts are shop, bank");
    isUnknown(shop.stack().icmp().ping("bank.example"),
        "bank.example: no host of the lab has this name; its hosts are shop, bank");
    for (int i = 3; i < 24; i++) {
      lab.host("h" + i).on(lan, "10.0.0." + i + "/24").start();
    }
    assertThatThrownBy(() -> resolved(shop, "x")).hasMessageEndingWith("h19, h20 and 3 others");
  }

  @Test
  void eachSubscriptionResolvesTheNameAgain() {
    Mono<TcpConnection> connect = shop.stack().tcp().connect("bank", ECHO);
    assertThatThrownBy(() -> lab.await(connect)).hasCauseInstanceOf(UnknownHostException.class);
    bank();
    assertThat(remote(lab.await(connect))).isEqualTo("10.0.0.2");
  }

  @Test
  void stoppedHostKeepsItsNameUntilItIsReplaced() {
    Host bank = bank();
    lab.await(bank.stack().stop());
    assertThat(resolved(shop, "bank")).containsExactly("10.0.0.2");
    assertThatThrownBy(() -> connected(shop, "bank")).cause()
        .isInstanceOfSatisfying(TcpException.class,
            e -> assertThat(e.report().cause()).isEqualTo(CloseCause.HOST_UNREACHABLE));
    listening(lab.host("bank").on(lan, "10.0.0.9/24").start());
    assertThat(remote(connected(shop, "bank"))).isEqualTo("10.0.0.9");
  }

  @Test
  void addressesOnALinkOfTheAskingHostComeFirst() {
    lab.host("bank").on(lan, "10.0.0.2/24").on(storage, "10.1.0.2/24").start();
    Host disk = lab.host("disk").on(storage, "10.1.0.7/24").start();
    Host both = lab.host("both").on(storage, "10.1.0.8/24").on(lan, "10.0.0.8/24").start();
    Host routed = lab.host("routed").on(storage, "10.1.0.6/24").gateway("10.1.0.254").start();
    assertThat(resolved(shop, "bank")).containsExactly("10.0.0.2", "10.1.0.2");
    assertThat(resolved(both, "bank")).as("both on a link").containsExactly("10.0.0.2", "10.1.0.2");
    assertThat(resolved(disk, "bank")).as("no route to the other").containsExactly("10.1.0.2", "10.0.0.2");
    assertThat(resolved(routed, "bank")).as("the other is behind a router").containsExactly("10.1.0.2", "10.0.0.2");
  }

  @Test
  void theNextAddressIsTriedWhenOneRefuses() {
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24").on(storage, "10.1.0.2/24").start();
    bank.stack().tcp().listen(new InetSocketAddress("10.1.0.2", ECHO)).subscribe();
    Host both = lab.host("both").on(lan, "10.0.0.8/24").on(storage, "10.1.0.8/24").start();
    assertThat(remote(connected(both, "bank"))).isEqualTo("10.1.0.2");
  }

  @Test
  void silentAddressCostsTheConnectTimeout() {
    Host bank = listening(lab.host("bank").on(lan, "10.0.0.2/24").on(storage, "10.1.0.2/24").start());
    Host both = lab.host("both").on(lan, "10.0.0.8/24").on(storage, "10.1.0.8/24").start();
    // Resolves the link address first: without a neighbour the attempt would fail earlier.
    lab.await(both.stack().icmp().ping("bank"));
    bank.wires().getFirst().impair(w -> w.loss(1));
    assertThat(remote(lab.await(both.stack().tcp().connectTimeout(Duration.ofSeconds(2)).connect("bank", ECHO))))
        .isEqualTo("10.1.0.2");
    assertThat(lab.now()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void ifAllAddressesFailTheFirstErrorIsThrown() {
    lab.host("bank").on(lan, "10.0.0.2/24").on(storage, "10.1.0.2/24").start();
    assertThatThrownBy(() -> connected(shop, "bank")).cause().isInstanceOfSatisfying(TcpException.class, e -> {
      assertThat(e.report().cause()).isEqualTo(CloseCause.REFUSED);
      assertThat(e.getSuppressed()).hasSize(1).hasOnlyElementsOfType(NoRouteToHostException.class);
    });
  }

  @Test
  void connectionByNameOpensOnRequest() {
    Host bank = bank();
    AtomicReference<Subscription> subscription = new AtomicReference<>();
    List<TcpConnection> got = new ArrayList<>();
    var subscriber = new BaseSubscriber<TcpConnection>() {
      @Override
      protected void hookOnSubscribe(Subscription given) {
        subscription.set(given);
      }

      @Override
      protected void hookOnNext(TcpConnection connection) {
        got.add(connection);
      }
    };
    lab.run(() -> shop.stack().tcp().connect("bank", ECHO).subscribe(subscriber));
    lab.advance(Duration.ofSeconds(1));
    assertThat(got).as("nothing was requested").isEmpty();
    assertThat(unfinished(bank)).isZero();
    lab.run(() -> subscription.get().request(1));
    lab.advance(Duration.ofSeconds(1));
    assertThat(got).hasSize(1);
    assertThat(unfinished(bank)).isEqualTo(1);
  }

  @Test
  void cancelledHandshakeLeavesNothingBehind() {
    Host bank = bank();
    shop.wire().impair(w -> w.delay(Duration.ofMillis(100)));
    var connecting = lab.call(() -> shop.stack().tcp().connect("bank", ECHO).subscribe());
    lab.advance(Duration.ofMillis(500));
    assertThat(unfinished(bank)).as("ARP takes 200 ms, the handshake 200 ms").isEqualTo(1);
    var second = lab.call(() -> shop.stack().tcp().connect("bank", ECHO).subscribe());
    lab.advance(Duration.ofMillis(150));
    assertThat(unfinished(shop)).isEqualTo(2);
    lab.run(second::dispose);
    lab.advance(Duration.ofSeconds(1));
    assertThat(unfinished(shop)).isEqualTo(1);
    assertThat(unfinished(bank)).isEqualTo(1);
    assertThat(connecting.isDisposed()).isTrue();
  }

  private int unfinished(Host host) {
    return lab.call(() -> Inside.shard(host.stack()).tcp().unfinishedConnections());
  }

  @Test
  void pingsAndDatagramsFindTheirHostByName() {
    Host bank = bank();
    assertThat(lab.await(shop.stack().icmp().ping("bank")).from()).isEqualTo(bank.address());
    assertThat(lab.await(shop.stack().icmp().ping("10.0.0.2")).from()).isEqualTo(bank.address());
    List<String> heard = new ArrayList<>();
    bank.stack().udp().bind(5000).flatMapMany(socket -> socket.receive()).subscribe(datagram -> {
      heard.add(datagram.payload().toString(StandardCharsets.US_ASCII));
      datagram.release();
    });
    lab.await(shop.stack().udp().connect("bank", 5000).flatMap(socket -> socket.send(Mono.fromSupplier(
        () -> Datagram.toPeer(Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII))))));
    lab.advance(Duration.ofMillis(1));
    assertThat(heard).containsExactly("hello");
  }

  @Test
  void malformedAddressIsNotResolvedAsAName() {
    for (String text : List.of("10.0.0.256", "1.2.3", "fe80::zz", "")) {
      assertThatThrownBy(() -> shop.stack().tcp().connect(text, ECHO)).as(text)
          .isInstanceOf(IllegalArgumentException.class).hasMessage("not an IP address: '" + text + "'");
      assertThatThrownBy(() -> shop.stack().udp().connect(text, ECHO)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> shop.stack().icmp().ping(text)).isInstanceOf(IllegalArgumentException.class);
      isUnknown(shop.stack().resolver().resolve(text).collectList(), "not an IP address: '" + text + "'");
    }
  }

  @Test
  void reactorNettyClientsResolveNamesThroughTheStack() {
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24").on(storage, "10.1.0.2/24").start();
    lab.await(TcpServer.create().runOn(StackLoopResources.of(bank.stack())).host("10.1.0.2").port(ECHO)
        .handle((in, out) -> out.send(in.receive().retain())).bind());
    Host both = lab.host("both").on(lan, "10.0.0.8/24").on(storage, "10.1.0.8/24").start();
    TcpClient client = StackLoopResources.client(both.stack(), TcpClient.newConnection()).port(ECHO);
    assertThat(lab.await(client.host("bank").connect()).address())
        .isEqualTo(new InetSocketAddress("10.1.0.2", ECHO));
    Duration before = lab.now();
    assertThatThrownBy(() -> lab.await(client.host("bnak").connect())).cause()
        .isInstanceOf(UnknownHostException.class)
        .hasMessage("bnak: no host of the lab has this name; its hosts are shop, bank, both");
    assertThat(lab.now()).isEqualTo(before);
  }

  @Test
  void addressesThatAreRequestedElsewhereAreEmittedOnTheLoop() {
    try (Lab world = Lab.virtual(3)) {
      Switch near = world.newSwitch("near");
      Host asker = world.host("asker").on(near, "10.0.0.1/24").start();
      world.host("bank").on(near, "10.0.0.2/24").on(world.newSwitch("far"), "10.1.0.2/24").start();
      List<Thread> threads = new ArrayList<>();
      var subscriber = new BaseSubscriber<IpAddress>() {
        @Override
        protected void hookOnSubscribe(Subscription given) {
          given.request(1);
        }

        @Override
        protected void hookOnNext(IpAddress address) {
          threads.add(Thread.currentThread());
        }
      };
      asker.stack().resolver().resolve("bank").subscribe(subscriber);
      world.advance(Duration.ofMillis(1));
      assertThat(threads).as("one address was requested").hasSize(1);
      subscriber.request(1);
      world.advance(Duration.ofMillis(1));
      assertThat(threads).hasSize(2).containsOnly(world.call(Thread::currentThread));
    }
  }

  @Test
  void hostMayHaveItsOwnResolver() {
    bank();
    Host own = lab.host("own").stack(s -> s.resolver(stack -> name -> name.equals("elsewhere")
        ? Flux.just(IpAddress.parse("10.0.0.2"))
        : Flux.empty())).on(lan, "10.0.0.4/24").start();
    assertThat(remote(connected(own, "elsewhere"))).isEqualTo("10.0.0.2");
    assertThatThrownBy(() -> connected(own, "bank")).cause().isInstanceOf(UnknownHostException.class)
        .hasMessageStartingWith("bank: no address, says ");
    Host broken = lab.host("broken").stack(s -> s.resolver(stack -> name -> {
      throw new IllegalStateException("no names today");
    })).on(lan, "10.0.0.5/24").start();
    assertThatThrownBy(() -> connected(broken, "bank")).isInstanceOf(IllegalStateException.class)
        .hasMessage("no names today");
    assertThat(remote(lab.await(broken.stack().tcp().resolver(shop.stack().resolver()).connect("bank", ECHO))))
        .isEqualTo("10.0.0.2");
  }

  @Test
  void failingResolverFactoryFailsTheStart() {
    assertThatThrownBy(() -> lab.host("none").stack(s -> s.resolver(stack -> {
      throw new IllegalStateException("no resolver");
    })).on(lan, "10.0.0.6/24").start()).hasMessage("no resolver");
    assertThat(lab.hosts()).extracting(Host::name).containsExactly("shop");
    assertThat(lab.wires()).extracting(Wire::name).containsExactly("shop-lan");
  }
}
