package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.FrameBalance;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** An hour of many hosts behind routers and a translator, each with several connections that are used once a minute. */
class BusyHourTest {

  private static final int OCTETS = 1024;
  private static final Duration PAUSE = Duration.ofMinutes(1);

  /** 64 KiB for each connection with its two ends. */
  private static final long MOST_MEMORY = 64L << 20;

  private final Lab lab = Lab.builder().seed(1).keepFrames(0).virtualTime();
  private final List<Host> clients = new ArrayList<>();
  private long echoed;
  private long inUse;

  /** Builds clients - translator - access router - core router - park router - server. */
  private Host build(int hosts) {
    Switch rooms = lab.newSwitch("rooms");
    Switch access = lab.newSwitch("access");
    Switch core = lab.newSwitch("core");
    Switch backbone = lab.newSwitch("backbone");
    Switch park = lab.newSwitch("park");
    Host home = lab.router("home").on(access, "192.0.2.2/24").on(rooms, "10.0.0.1/16").nat(nat -> nat)
        .gateway("192.0.2.1").start();
    Host first = lab.router("first").on(access, "192.0.2.1/24").on(core, "198.51.100.1/24").gateway("198.51.100.2")
        .start();
    Host second = lab.router("second").on(core, "198.51.100.2/24").on(backbone, "203.0.113.1/24").start();
    Host third = lab.router("third").on(backbone, "203.0.113.2/24").on(park, "100.64.0.1/24").gateway("203.0.113.1")
        .start();
    lab.await(second.stack().addRoute(IpPrefix.parse("192.0.2.0/24"), IpAddress.parse("198.51.100.1")));
    lab.await(second.stack().addRoute(IpPrefix.parse("100.64.0.0/24"), IpAddress.parse("203.0.113.2")));
    Host server = lab.host("server").on(park, "100.64.0.10/24").gateway("100.64.0.1").start();
    server.stack().tcp().listen(7).subscribe(connection -> connection.send(connection.receive())
        .then(connection.shutdownOutput()).subscribe(done -> {
        }, lost -> {
        }));
    for (int i = 0; i < hosts; i++) {
      clients.add(lab.host("client" + i).on(rooms, "10.0." + (1 + i / 200) + "." + (1 + i % 200) + "/16")
          .gateway("10.0.0.1").start());
    }
    assertThat(List.of(home, first, third)).hasSize(3);
    return home;
  }

  private Mono<Void> use(Host client, Duration time) {
    return client.stack().tcp().connect(new InetSocketAddress("100.64.0.10", 7)).flatMap(connection -> {
      Mono<Void> received = connection.receive().doOnNext(bytes -> {
        echoed += bytes.readableBytes();
        bytes.release();
      }).then();
      Flux<ByteBuf> data = Flux.interval(Duration.ZERO, PAUSE, lab.scheduler()).onBackpressureDrop()
          .take(time.dividedBy(PAUSE)).map(i -> Unpooled.buffer(OCTETS).writeZero(OCTETS));
      return Mono.when(received, connection.send(data).then(connection.shutdownOutput()));
    });
  }

  private void run(int hosts, int connections, Duration time) {
    long before = memoryInUse();
    Host home = build(hosts);
    List<Mono<Void>> all = new ArrayList<>();
    for (Host client : clients) {
      for (int i = 0; i < connections; i++) {
        all.add(use(client, time));
      }
    }
    Mono<Void> end = Mono.when(all).cache();
    end.subscribe();
    lab.advance(time.minusMinutes(1));
    assertThat(lab.await(home.stack().natMappings()).stream()
        .filter(mapping -> mapping.protocol() == NatProtocol.TCP).count()).isEqualTo((long) hosts * connections);
    inUse = memoryInUse() - before;
    lab.await(end, Duration.ofMinutes(10));
    lab.advance(Duration.ofSeconds(30));
    assertThat(echoed).isEqualTo((long) hosts * connections * time.dividedBy(PAUSE) * OCTETS);
    lab.hosts().forEach(host -> FrameBalance.assertBalanced(host.stack()));
    lab.close();
  }

  private static long memoryInUse() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void tenMinutesOfTwentyHosts() {
    run(20, 5, Duration.ofMinutes(10));
  }

  @Test
  @Tag("long")
  void anHourOfAHundredHosts() {
    run(100, 10, Duration.ofHours(1));
    System.out.println("an hour of 100 hosts with 1000 connections: " + (inUse >> 20) + " MiB of heap in use");
    assertThat(inUse).as("octets of the heap in use").isLessThan(MOST_MEMORY);
  }
}
