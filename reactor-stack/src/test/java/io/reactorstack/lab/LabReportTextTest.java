package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.tcp.TcpConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.retry.Retry;

/** The text of a world's report, word for word. */
class LabReportTextTest {

  /** The complete report of a small world; {@code -Dgolden.write=true} writes the expected file again. */
  @Test
  void threeHostsTwoPercentLossAndAPartition() throws IOException {
    try (Lab lab = Lab.virtual(17)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
      Host shop = host(lab, lan, "shop", "10.0.0.2/24");
      Host bank = host(lab, lan, "bank", "10.0.0.3/24");
      lab.run(() -> {
        serve(bank, Mono.just("paid"));
        serve(shop, ask(shop, "10.0.0.3", "charge"));
        Mono.delay(Duration.ofMillis(500)).doOnNext(tick -> lab.partition(shop, bank)).subscribe();
      });
      StalledException stalled = catchThrowableOfType(StalledException.class,
          () -> lab.await(Flux.range(1, 20).concatMap(i -> ask(client, "10.0.0.2", "order " + i)).collectList(),
              Duration.ofSeconds(10)));
      assertMatches("partition", stalled.toString());
    }
  }

  @Test
  void aServerThatForgetsToAnswer() {
    try (Lab lab = Lab.virtual(3)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
      Host server = lab.host("server").on(lan, "10.0.0.2/24").start();
      lab.run(() -> serve(server, Mono.never()));
      Throwable stalled = catchThrowable(
          () -> lab
              .await(Mono.zip(ask(client, "10.0.0.2", "GET /charge HTTP/1.1\r\n\r\n"), Mono.never().map(any -> any))));
      assertThat(stalled.toString()).containsSubsequence(
          "the world is idle at", "\nwaiting for\n", "await       LabReportTextTest.java:", "publisher   zip\n",
          "ConnectMono.Attempt ⇢ flatMap ⇢ zip\n", "never() ⇢ map ⇢ zip\n",
          "next        nothing: no timer is set, and no frame is under way",
          "client:", "data received 10 min ago", "all delivered",
          "data 24 B seq=1 ack=1 win=1048576: GET /charge HTTP/1.1\n");
    }
  }

  @Test
  void aThreadThatWaitsForEver() {
    try (Lab lab = Lab.virtual(3)) {
      lab.newSwitch("lan");
      Throwable stalled = catchThrowable(() -> lab.blocking(() -> Mono.never().block()));
      assertThat(stalled.toString())
          .containsPattern("  thread      lab-blocking waits at .*LabReportTextTest.java:\\d+\\)\n");
    }
  }

  @Test
  void reportAtALimitShowsTheNextEvent() {
    try (Lab lab = Lab.virtual(3)) {
      Host client = lab.host("client").on(lab.newSwitch("lan"), "10.0.0.1/24").start();
      Throwable delay = catchThrowable(
          () -> lab.await(Mono.delay(Duration.ofSeconds(90)).checkpoint("the lease"), Duration.ofSeconds(30)));
      assertThat(delay.toString()).contains("for 0 s of at most 30 s\n",
          "publisher   delay ⇢ checkpoint(\"the lease\")\n",
          "next        at 1 min 30 s, in 1 min 30 s: Reactor's delay\n");
      Throwable retry = catchThrowable(() -> lab.await(Mono.never().timeout(Duration.ofSeconds(7))
          .retryWhen(Retry.fixedDelay(9, Duration.ofSeconds(3))), Duration.ofSeconds(12)));
      assertThat(retry.toString()).contains("publisher   never() ⇢ timeout ⇢ retryWhen\n",
          "next        at 17 s, in 7 s: Reactor's delay\n");
      Throwable ping = catchThrowable(
          () -> lab.await(client.stack().icmp().ping(Ipv4Address.parse("10.0.0.9")), Duration.ofMillis(200)));
      assertThat(ping.toString()).contains("a timer of host client\n");
    }
  }

  @Test
  void abnormallyEndedConnectionsAreListed() {
    try (Lab lab = Lab.virtual(3)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
      Host server = lab.host("server").on(lan, "10.0.0.2/24").start();
      for (int i = 0; i < 3; i++) {
        lab.await(client.stack().tcp().connect("10.0.0.2", 80).onErrorComplete());
        lab.advance(Duration.ofSeconds(1));
      }
      lab.run(() -> serve(server, Mono.never()));
      lab.await(client.stack().tcp().connect("10.0.0.2", 80));
      lab.await(server.stack().stop());
      assertThat(lab.report().toString()).contains("""
          connections that have ended
            at 0 s  10.0.0.1:8969 > server:80 REFUSED
            at 1 s  10.0.0.1:8970 > server:80 REFUSED
            at 2 s  Peer 10.0.0.2:80 refused the connection""").contains("  at 3 s  Our stack was stopped and ended")
          .contains("  at 3 s  Peer 10.0.0.2:80 reset the connection").contains("  server  10.0.0.2/24  stopped\n");
    }
  }

  @Test
  void ofManyHostsOnlyThoseInTroubleAreListed() {
    try (Lab lab = Lab.virtual(3)) {
      Switch lan = lab.newSwitch("lan");
      for (int i = 1; i <= 30; i++) {
        lab.host("host" + i).on(lan, "10.0.0." + i + "/24").start();
      }
      lab.hosts().get(6).crash();
      lab.advance(Duration.ofMillis(1));
      String text = lab.report().toString();
      assertThat(text).contains("  host7  10.0.0.7/24  crashed\n  and 29 more hosts\n").contains("60 directions");
      assertThat(text.lines().count()).isLessThan(15);
    }
  }

  @Test
  void aTimerOfAHostsSoftwareIsNamed() {
    try (Lab lab = Lab.virtual(3)) {
      lab.host("shop").on(lab.newSwitch("lan"), "10.0.0.1/24")
          .runs(host -> Mono.delay(Duration.ofMinutes(3)).subscribe()).start();
      Throwable stalled = catchThrowable(() -> lab.await(Mono.never(), Duration.ofSeconds(1)));
      assertThat(stalled.toString()).contains("next        at 3 min, in 3 min: Reactor's delay of host shop\n");
      Throwable task = catchThrowable(() -> lab.await(
          Mono.create(sink -> lab.loop().schedule(() -> sink.success(), 1, TimeUnit.MINUTES)), Duration.ofSeconds(1)));
      assertThat(task.toString()).contains("next        at 1 min, in 1 min: a task of LabReportTextTest\n");
    }
  }

  @Test
  void theLogHasTheLastLinesOfThisWorldOnly() {
    Logger logger = Loggers.getLogger("com.example.Shop");
    try (Lab lab = Lab.virtual(3); Lab other = Lab.virtual(4)) {
      lab.host("shop").on(lab.newSwitch("lan"), "10.0.0.1/24")
          .runs(host -> Mono.delay(Duration.ofMillis(1500)).subscribe(tick -> logger.warn("out of {}", "stock")))
          .start();
      other.run(() -> logger.warn("elsewhere"));
      logger.warn("outside");
      lab.advance(Duration.ofSeconds(2));
      lab.run(() -> {
        for (int i = 1; i <= 3; i++) {
          logger.error("line " + i, new IllegalStateException("broken"));
        }
      });
      assertThat(lab.report().toString()).endsWith("""

          log
           1500.000  WARNING  shop  Shop: out of stock
           2000.000  SEVERE   Shop: line 1: java.lang.IllegalStateException: broken
           2000.000  SEVERE   Shop: line 2: java.lang.IllegalStateException: broken
           2000.000  SEVERE   Shop: line 3: java.lang.IllegalStateException: broken
          """);
      assertThat(lab.<LabReport>blocking(() -> {
        logger.warn("from a thread of the world");
        return lab.report();
      })).asString().endsWith("Shop: from a thread of the world\n");
    }
  }

  private static Host host(Lab lab, Switch lan, String name, String address) {
    return lab.host(name).on(lan, address, wire -> wire.delay(Duration.ofMillis(5)).loss(0.02)).start();
  }

  /** Starts a server that answers each message on port 80. */
  private static void serve(Host host, Mono<String> answer) {
    host.stack().tcp().listen(80)
        .flatMap(connection -> connection.send(connection.receive().doOnNext(ByteBuf::release).concatMap(any -> answer)
            .map(LabReportTextTest::buffer)).then(Mono.defer(connection::close)).onErrorComplete())
        .subscribe();
  }

  private static Mono<String> ask(Host host, String server, String message) {
    return host.stack().tcp().connect(server, 80).flatMap(connection -> connection.send(Mono.just(buffer(message)))
        .then(answer(connection)).delayUntil(answer -> connection.close()));
  }

  private static Mono<String> answer(TcpConnection connection) {
    return connection.receive().next().map(buffer -> {
      String text = buffer.toString(StandardCharsets.US_ASCII);
      buffer.release();
      return text;
    });
  }

  private static ByteBuf buffer(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private static void assertMatches(String name, String given) throws IOException {
    String text = given.replaceAll("LabReportTextTest.java:\\d+", "LabReportTextTest.java:(line)");
    Path file = Path.of("src/test/resources/io/reactorstack/lab/report-" + name + ".txt");
    if (Boolean.getBoolean("golden.write")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    }
    assertThat(text).isEqualTo(Files.readString(file));
  }
}
