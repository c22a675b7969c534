package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.reactorstack.device.Capture;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Wire;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.CountingAllocator;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpConnection;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;

/**
 * The allocator of a host fails at each allocation of a scenario in turn. Each failure may cost one connection,
 * datagram or message; every service continues and nothing leaks.
 */
class WantOfMemoryTest {

  private static final String SERVER = "10.0.0.1";
  private static final String CLIENT = "10.0.0.2";
  private static final IpAddress SERVERS = IpAddress.parse(SERVER);
  private static final IpAddress CLIENTS = IpAddress.parse(CLIENT);
  private static final int ECHO = 7;
  private static final int COOKIES = 8;
  private static final int NETTY = 9;
  private static final int MANY = 3000;

  /** A server whose allocator can be made to fail, and a client. */
  private static final class World {

    private final Lab lab = Lab.virtual(7);
    private final CountingAllocator memory = new CountingAllocator();
    private final List<Throwable> ends = new ArrayList<>();
    private final Capture capture = Capture.inVirtualTime(OutputStream.nullOutputStream());
    private final NetworkStack server;
    private final NetworkStack client;
    private final DisposableServer netty;

    World() {
      Wire wire = lab.newWire("wire", i -> i.delay(Duration.ofMillis(1)));
      server = lab.await(UnprobedStack.create().name("server").runOn(lab.loop()).random(lab.random("server"))
          .allocator(memory).device(capture.around(wire.left(), "eth"), SERVER + "/24").start());
      client = lab.await(UnprobedStack.create().name("client").runOn(lab.loop()).random(lab.random("client"))
          .device(wire.right(), CLIENT + "/24").start());
      lab.run(() -> {
        end("tcp", server.tcp().listen(ECHO).flatMap(World::echo).then());
        end("cookies",
            server.tcp().settings(all -> all.withSecurity(s -> s.withSynCookies(TcpSettings.SynCookies.ALWAYS)))
                .listen(COOKIES)
                .flatMap(World::echo).then());
        end("udp", server.udp().bind(ECHO).flatMap(s -> s.send(s.receive().map(this::answer))));
        end("group", server.udp().bind(MANY)
            .delayUntil(s -> s.join(MulticastGroup.of(IpAddress.parse("239.1.1.1"))))
            .flatMapMany(UdpConnection::receive).doOnNext(Datagram::release).then());
      });
      netty = lab.await(TcpServer.create().runOn(StackLoopResources.of(server)).host(SERVER).port(NETTY)
          .option(ChannelOption.ALLOCATOR, memory).childOption(ChannelOption.ALLOCATOR, memory)
          .handle((in, out) -> out.send(in.receive().retain())).bind());
    }

    private void end(String service, Mono<Void> serving) {
      serving.subscribe(nothing -> {}, e -> ends.add(new AssertionError(service, e)),
          () -> ends.add(new AssertionError(service + " completed")));
    }

    private static Mono<Void> echo(TcpConnection connection) {
      return connection.send(connection.receive()).onErrorComplete()
          .then(Mono.defer(connection::close)).onErrorComplete();
    }

    private Datagram answer(Datagram question) {
      try {
        int length = question.payload().readableBytes();
        return question.reply(memory.directBuffer(length, length).writeBytes(question.payload()));
      } finally {
        question.release();
      }
    }

    /** Uses all services of the host, successfully or not. */
    void use() {
      quietly(tcp(ECHO, 20_000));
      quietly(tcp(COOKIES, 100));
      quietly(tcp(NETTY, 20_000));
      quietly(tcp(99, 1));
      quietly(udp(ECHO));
      quietly(udp(98));
      quietly(client.icmp().ping(SERVERS).then());
      quietly(server.icmp().ping(CLIENTS).then());
      quietly(Mono.using(() -> 0, zero -> server.tcp().connect(CLIENT, 99).then(), zero -> {}));
      quietly(server.udp().bind(0).flatMap(s -> s.send(Flux.range(0, 3)
          .map(i -> Datagram.to(new Endpoint(CLIENTS, 98), memory.directBuffer(4, 4).writeInt(i))))
          .onErrorComplete().then(s.close())));
      quietly(server.udp().bind(MANY + 1)
          .delayUntil(s -> s.join(MulticastGroup.of(IpAddress.parse("239.2.2.2"))))
          .flatMap(UdpConnection::close));
      // Neighbours are resolved again, and lost packets are retransmitted.
      lab.advance(Duration.ofMinutes(2));
      FrameBalance.assertBalanced(server);
      FrameBalance.assertBalanced(client);
    }

    private void quietly(Mono<?> step) {
      lab.await(step.then().timeout(Duration.ofSeconds(20), lab.scheduler()).onErrorComplete());
    }

    private Mono<Void> tcp(int port, int bytes) {
      return client.tcp().connect(SERVER, port).flatMap(c -> c
          .send(Mono.fromSupplier(() -> Unpooled.buffer(bytes).writeZero(bytes)))
          .thenMany(c.receive())
          .map(data -> {
            int n = data.readableBytes();
            data.release();
            return n;
          })
          .scan(0, Integer::sum)
          .takeUntil(sum -> sum == bytes)
          .then(Mono.defer(c::close)));
    }

    private Mono<Void> udp(int port) {
      return Mono.usingWhen(client.udp().connect(new java.net.InetSocketAddress(SERVER, port)),
          s -> s.send(Mono.fromSupplier(() -> Datagram.toPeer(Unpooled.directBuffer(4).writeInt(port))))
              .then(s.receive().next()).doOnNext(Datagram::release).then(),
          UdpConnection::close);
    }

    /** Asserts that a client is served, possibly after the retransmissions of its protocol. */
    void assertServed(String when) {
      for (int port : new int[] {ECHO, COOKIES, NETTY}) {
        assertThatCode(() -> lab.await(tcp(port, 5_000).timeout(Duration.ofSeconds(10), lab.scheduler())))
            .as(when + ": TCP port " + port).doesNotThrowAnyException();
      }
      assertThatCode(() -> lab.await(udp(ECHO).timeout(Duration.ofSeconds(10), lab.scheduler()))).as(when + ": UDP")
          .doesNotThrowAnyException();
      assertThatCode(() -> lab.await(client.icmp().ping(SERVERS))).as(when + ": ping").doesNotThrowAnyException();
      assertThatCode(() -> lab.await(server.icmp().ping(CLIENTS))).as(when + ": pinging").doesNotThrowAnyException();
      assertThat(ends).as(when + ": services that ended").isEmpty();
    }

    void stop(String when) {
      lab.run(netty::dispose);
      // Connections whose peers have gone end by timeout; the stop resets the others.
      lab.await(server.stop());
      lab.await(client.stop());
      lab.close();
      assertThat(server.drops().snapshot()).as(when + ": lack of memory is not counted as a defect")
          .doesNotContainKey("stage.STAGE_FAULT");
      assertThat(memory.live()).as(when + ": leaked buffers").isZero();
    }
  }

  private static long allocationsOfTheScenario() {
    World world = new World();
    long before = world.memory.allocations();
    world.use();
    long during = world.memory.allocations() - before;
    world.assertServed("undisturbed");
    world.stop("undisturbed");
    return during;
  }

  private static void fail(long first, long last) {
    String when = "allocations " + first + " to " + last + " fail";
    World world = new World();
    world.memory.failBetween(first, last);
    world.use();
    assertThat(world.memory.hasFailed()).as(when).isTrue();
    world.memory.recover();
    world.assertServed(when);
    world.stop(when);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void burstOfFailuresEndsNoService(int quarter) {
    long all = allocationsOfTheScenario();
    assertThat(all).isGreaterThan(50);
    fail(1 + quarter * all / 4, (quarter + 1) * all / 4);
  }

  @Test
  @Tag("long")
  void failureAtAnyAllocationEndsNoServiceAndLeaksNothing() {
    long all = allocationsOfTheScenario();
    for (long n = 1; n <= all; n++) {
      fail(n, n);
    }
  }

  @Test
  void failureAtEveryFifthAllocationEndsNoServiceAndLeaksNothing() {
    long all = allocationsOfTheScenario();
    for (long n = 1; n <= all; n += 5) {
      fail(n, n);
    }
  }

  @Test
  void halfAnHourWithoutMemoryEndsNoService() {
    World world = new World();
    world.memory.failBetween(1, Long.MAX_VALUE / 2);
    world.use();
    world.lab.advance(Duration.ofMinutes(30));
    world.use();
    world.memory.recover();
    world.lab.advance(Duration.ofMinutes(1));
    world.assertServed("after half an hour");
    world.stop("after half an hour");
  }

  // ---- errors of user code

  @Test
  void errorInTheAcceptorCostsOneConnection() {
    World world = new World();
    int[] accepted = {0};
    world.lab.run(() -> world.end("failing", world.server.tcp().listen(21)
        .flatMap(c -> {
          if (++accepted[0] % 2 == 1) {
            throw new OutOfMemoryError("thrown by the test");
          }
          return World.echo(c);
        }, 2).then()));
    for (int i = 0; i < 5; i++) {
      Throwable[] failure = new Throwable[1];
      world.lab.await(world.tcp(21, 10).timeout(Duration.ofSeconds(5), world.lab.scheduler())
          .doOnError(e -> failure[0] = e).onErrorComplete());
      assertThat(failure[0]).as("the first of two is reset").hasMessageContaining("Connection reset");
      assertThatCode(() -> world.lab.await(world.tcp(21, 10).timeout(Duration.ofSeconds(5), world.lab.scheduler())))
          .as("the second of two, whatever the operator's concurrency").doesNotThrowAnyException();
    }
    world.assertServed("after five failed accepts");
    assertThat(world.lab.call(() -> Inside.shard(world.server).tcp().unfinishedConnections())).isZero();
    world.stop("after five failed accepts");
  }

  @Test
  void subscriberWithDemandOneGetsAnotherConnectionForTheLostOne() {
    World world = new World();
    int[] seen = {0};
    world.lab.run(() -> world.server.tcp().listen(22).subscribe(new CoreSubscriber<>() {
      @Override
      public void onSubscribe(Subscription subscription) {
        subscription.request(1);
      }

      @Override
      public void onNext(TcpConnection connection) {
        if (++seen[0] == 1) {
          throw new OutOfMemoryError("thrown by the test");
        }
        World.echo(connection).subscribe();
      }

      @Override
      public void onError(Throwable cause) {
        world.ends.add(cause);
      }

      @Override
      public void onComplete() {
        // The stack has stopped.
      }
    }));
    world.quietly(world.tcp(22, 10));
    assertThatCode(() -> world.lab.await(world.tcp(22, 10).timeout(Duration.ofSeconds(5), world.lab.scheduler())))
        .doesNotThrowAnyException();
    assertThat(world.ends).isEmpty();
    world.stop("one at a time");
  }

  @Test
  void errorInASubscriberEndsItsConnection() {
    World world = new World();
    List<String> closed = new ArrayList<>();
    world.lab.run(() -> world.end("failing", world.server.tcp().listen(23).flatMap(c -> {
      c.onClose().doFinally(end -> closed.add("closed")).subscribe(nothing -> {}, e -> {});
      return c.send(c.receive().map(data -> {
        data.release();
        throw new OutOfMemoryError("thrown by the test");
      })).onErrorComplete();
    }).then()));
    world.quietly(world.tcp(23, 10));
    assertThat(closed).containsExactly("closed");
    assertThat(world.lab.call(() -> Inside.shard(world.server).tcp().connections())).isZero();
    world.assertServed("after a failed subscriber");
    world.stop("after a failed subscriber");
  }

  @Test
  void errorInAFrameObserverStopsNoTraffic() {
    World world = new World();
    world.lab
        .run(() -> Inside.shard(world.server).tcp().observe(new Endpoint(SERVERS, ECHO), null,
            (direction, frame, nanos) -> {
              throw new OutOfMemoryError("thrown by the test");
            }));
    world.assertServed("with a failing observer");
    world.stop("with a failing observer");
  }

  @Test
  void stackUsesTheAllocatorThatFails() {
    World world = new World();
    long before = world.memory.allocations();
    world.quietly(world.client.icmp().ping(SERVERS).then());
    assertThat(world.memory.allocations()).as("the echo's reply").isGreaterThan(before);
    world.stop("counted");
  }
}
