package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Capture;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.tcp.TcpConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** Programs of hosts: they end with a crash, start again on a restart and are suspended during a pause. */
class HostSoftwareTest {

  private final Lab lab = Lab.virtual(11);
  private final Switch lan = lab.newSwitch("lan");
  private final List<String> log = new ArrayList<>();

  @AfterEach
  void close() {
    lab.close();
  }

  private void note(String what) {
    log.add(lab.now().toMillis() + " " + what);
  }

  /** Starts an echo server, which serves until the host ends. */
  private static void echo(Host host) {
    host.stack().tcp().listen(7)
        .flatMap(connection -> connection.send(connection.receive()).then(connection.close()).onErrorComplete())
        .subscribe();
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  private String ask(Host from, String address, Duration atMost) {
    return lab.await(from.stack().tcp().connect(address, 7)
        .flatMap(connection -> connection.send(Mono.just(text("hello")))
            .thenMany(connection.receive()).next()
            .map(bytes -> {
              String answer = bytes.toString(StandardCharsets.UTF_8);
              bytes.release();
              return answer;
            }).doFinally(done -> connection.abort()))
        .timeout(atMost));
  }

  private static Duration seconds(double n) {
    return Duration.ofNanos((long) (n * 1e9));
  }

  @Test
  void softwareBeginsWhenTheWorldMoves() {
    lab.host("bank").runs(HostSoftwareTest::echo).on(lan, "10.0.0.2/24").start();
    Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
    assertThat(ask(client, "10.0.0.2", seconds(2))).isEqualTo("hello");
  }

  @Test
  void crashDropsTimersThreadsAndConnectionsSilently() {
    List<String> told = new ArrayList<>();
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24").runs(host -> {
      host.stack().tcp().listen(7)
          .flatMap(connection -> connection.receive().doOnNext(ByteBuf::release)
              .doFinally(signal -> told.add("connection " + signal)).then(connection.close()))
          .doFinally(signal -> told.add("listener " + signal))
          .subscribe();
      Flux.interval(seconds(1)).doFinally(signal -> told.add("timer " + signal)).subscribe(n -> note("tick"));
      Mono.fromRunnable(() -> {
        try {
          while (true) {
            Thread.sleep(1000);
            note("slept");
          }
        } catch (InterruptedException e) {
          told.add("interrupted");
        } finally {
          told.add("finally");
        }
      }).subscribeOn(Schedulers.boundedElastic()).subscribe();
      try {
        LockSupport.park();
      } finally {
        told.add("main ended");
      }
    }).start();
    Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
    TcpConnection connection = lab.await(client.stack().tcp().connect("10.0.0.2", 7));
    lab.at(seconds(2.5)).run(bank::crash);
    lab.advance(seconds(2.5));
    assertThat(bank.state()).isEqualTo(HostState.CRASHED);
    List<FrameObserver.Direction> after = new ArrayList<>();
    bank.observe((direction, frame, time) -> after.add(direction));
    connection.send(Mono.just(text("lost"))).onErrorComplete().subscribe();
    lab.advance(seconds(100));
    assertThat(log).containsExactly("1000 tick", "1000 slept", "2000 tick", "2000 slept");
    assertThat(told).as("signals that the software received").isEmpty();
    assertThat(after).as("frames of a host without power").isEmpty();
    assertThat(bank.wire().countersToLeft().dropped("UNPLUGGED")).isPositive();
    assertThatThrownBy(bank::stack).isInstanceOf(IllegalStateException.class)
        .hasMessage("the host bank has crashed: it has no TCP/IP until its restart()");
    connection.abort();
  }

  @Test
  void aRestartRunsTheSoftwareAgainAndAnnouncesTheAddress() {
    AtomicInteger starts = new AtomicInteger();
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24").runs(host -> {
      starts.incrementAndGet();
      echo(host);
    }).start();
    Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
    TcpConnection old = lab.await(client.stack().tcp().connect("10.0.0.2", 7));
    List<String> announced = new ArrayList<>();
    client.observe((direction, frame, time) -> {
      if (direction == FrameObserver.Direction.RECEIVED && FrameView.of(frame).arp() != null) {
        announced.add(String.valueOf(FrameView.of(frame).arp()));
      }
    });
    bank.crash();
    lab.advance(seconds(5));
    assertThatThrownBy(() -> ask(client, "10.0.0.2", seconds(1))).hasMessageContaining("Did not observe");
    bank.restart();
    assertThat(ask(client, "10.0.0.2", seconds(1))).isEqualTo("hello");
    assertThat(starts).hasValue(2);
    assertThat(announced).isNotEmpty();
    assertThat(bank.state()).isEqualTo(HostState.RUNNING);
    // The new TCP/IP stack does not know the old connection, and resets it.
    old.send(Mono.just(text("still there?"))).onErrorComplete().subscribe();
    assertThatThrownBy(() -> lab.await(old.receive().doOnNext(ByteBuf::release).then(), seconds(5)))
        .hasCauseInstanceOf(IOException.class);
  }

  @Test
  void restartOfARunningHostCrashesItFirst() {
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24")
        .runs(host -> Flux.interval(seconds(1)).subscribe(n -> note("tick " + n))).start();
    lab.advance(seconds(2.5));
    bank.restart();
    lab.advance(seconds(2));
    assertThat(log).containsExactly("1000 tick 0", "2000 tick 1", "3500 tick 0", "4500 tick 1");
  }

  @Test
  void aHostMayCrashInTheMiddleOfItsOwnCode() {
    Host[] bank = new Host[1];
    bank[0] = lab.host("bank").on(lan, "10.0.0.2/24").runs(host -> {
      Mono.delay(seconds(1)).subscribe(n -> note("never"));
      bank[0].crash();
      note("never");
    }).start();
    lab.advance(seconds(1));
    assertThat(bank[0].state()).isEqualTo(HostState.CRASHED);
    assertThat(log).isEmpty();
    lab.host("till").on(lan, "10.0.0.3/24").runs(host -> Mono.delay(seconds(2)).subscribe(n -> {
      lab.hosts().get(1).crash();
      note("to its end");
      Mono.delay(seconds(1)).subscribe(later -> note("never"));
    })).start();
    lab.advance(seconds(10));
    assertThat(log).containsExactly("3000 to its end");
  }

  @Test
  void aCrashInTheMiddleOfATransferLeavesNothingBehind() {
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24", wire -> wire.delay(Duration.ofMillis(5)).loss(0.05))
        .runs(host -> host.stack().tcp().listen(9)
            .flatMap(connection -> connection.send(Flux.range(0, 100_000).map(n -> text("x".repeat(1000)))))
            .subscribe())
        .start();
    Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
    for (int i = 0; i < 3; i++) {
      TcpConnection connection = lab.await(client.stack().tcp().connect("10.0.0.2", 9));
      connection.receive().doOnNext(ByteBuf::release).onErrorComplete().subscribe();
      connection.send(Flux.range(0, 1000).map(n -> text("y".repeat(1000)))).onErrorComplete().subscribe();
      lab.advance(seconds(0.3));
      bank.restart();
      lab.advance(seconds(0.1));
      connection.abort();
    }
  }

  @Test
  void crashLeaksNoBuffersOfChannels() {
    List<String> told = new ArrayList<>();
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24").runs(host -> HttpServer.create()
        .runOn(StackLoopResources.of(host.stack())).port(80)
        .handle((request, response) -> {
          request.receive().aggregate().asByteArray().subscribe();
          return response.send(Flux.interval(Duration.ofMillis(1)).onBackpressureDrop()
              .map(n -> response.alloc().directBuffer(3000).writeZero(3000))
              .doFinally(end -> told.add("server " + end)));
        }).bindNow()).start();
    Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
    HttpClient http = HttpClient.newConnection().runOn(StackLoopResources.of(client.stack()));
    Disposable open = http.post().uri("http://10.0.0.2/").send(Flux.interval(Duration.ofMillis(1)).onBackpressureDrop()
        .map(n -> text("z".repeat(2000)))).responseContent().subscribe();
    lab.advance(seconds(1));
    bank.crash();
    lab.advance(seconds(1));
    assertThat(told).isEmpty();
    lab.run(open::dispose);
    lab.advance(seconds(1));
  }

  @Test
  void crashDoesNotStopBlockingCodeOfOtherHosts() {
    HostSoftware worker = host -> {
      for (int i = 0; i < 200; i++) {
        Schedulers.boundedElastic().schedule(() -> {
          LockSupport.parkNanos(Duration.ofSeconds(5).toNanos());
          note(host.name());
        });
      }
    };
    Host a = lab.host("a").on(lan, "10.0.0.1/24").runs(worker).start();
    lab.host("b").on(lan, "10.0.0.2/24").runs(worker).start();
    lab.at(seconds(1)).run(a::crash);
    lab.advance(seconds(60));
    assertThat(log).hasSize(200).allMatch(line -> line.endsWith(" b"));
  }

  @Test
  void pausedHostIsSuspendedAndResumes() {
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24").runs(host -> {
      echo(host);
      Flux.interval(seconds(1)).onBackpressureBuffer().subscribe(n -> note("tick " + n));
      while (true) {
        Thread.sleep(1000);
        note("slept");
      }
    }).start();
    Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
    lab.at(seconds(1.5)).run(bank::pause);
    lab.at(seconds(4.5)).run(bank::resume);
    lab.advance(seconds(2));
    assertThat(bank.state()).isEqualTo(HostState.PAUSED);
    assertThat(ask(client, "10.0.0.2", seconds(10))).isEqualTo("hello");
    assertThat(lab.now()).as("the answer comes when the host goes on").isEqualTo(seconds(4.5));
    lab.advance(seconds(1.6));
    assertThat(log).containsExactly("1000 tick 0", "1000 slept", "4500 tick 1", "4500 tick 2", "4500 tick 3",
        "4500 slept",
        "5000 tick 4", "5500 slept", "6000 tick 5");
  }

  @Test
  void aPausedHostMayCrash() {
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24")
        .runs(host -> Flux.interval(seconds(1)).subscribe(n -> note("tick"))).start();
    lab.at(seconds(1.5)).run(bank::pause);
    lab.at(seconds(4.5)).run(bank::crash);
    lab.at(seconds(5)).run(bank::resume);
    lab.advance(seconds(20));
    assertThat(log).containsExactly("1000 tick");
    assertThat(bank.state()).isEqualTo(HostState.CRASHED);
  }

  @Test
  void stopIsOrderlyAndDropsTheSoftware() {
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24").runs(host -> {
      echo(host);
      Flux.interval(seconds(1)).subscribe(n -> note("tick"));
    }).start();
    Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
    TcpConnection connection = lab.await(client.stack().tcp().connect("10.0.0.2", 7));
    lab.advance(seconds(1.5));
    lab.await(bank.stop());
    assertThatThrownBy(() -> lab.await(connection.receive().then())).hasCauseInstanceOf(IOException.class);
    lab.advance(seconds(5));
    assertThat(log).containsExactly("1000 tick");
    assertThat(bank.state()).isEqualTo(HostState.STOPPED);
    bank.restart();
    lab.advance(seconds(1));
    assertThat(log).hasSize(2);
  }

  @Test
  void crashOfAHostWithoutSoftwareFailsTheTestsConnections() {
    Host server = lab.host("server").on(lan, "10.0.0.2/24").start();
    lab.run(() -> echo(server));
    Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
    TcpConnection connection = lab.await(client.stack().tcp().connect("10.0.0.2", 7));
    List<FrameObserver.Direction> after = new ArrayList<>();
    server.observe((direction, frame, time) -> after.add(direction));
    client.crash();
    assertThatThrownBy(() -> lab.await(connection.receive().then())).hasCauseInstanceOf(IOException.class);
    assertThat(after).isEmpty();
    client.restart();
    assertThat(ask(client, "10.0.0.2", seconds(1))).isEqualTo("hello");
  }

  @Test
  void theDiskSurvivesACrashAndIsDeletedWithTheLab() throws IOException {
    Path directory;
    List<String> read = new ArrayList<>();
    try (Lab other = Lab.virtual(3)) {
      Host bank = other.host("bank").on(other.newSwitch("lan"), "10.0.0.2/24").runs(host -> {
        Path file = host.disk().resolve("ledger");
        read.add(Files.exists(file) ? Files.readString(file) : "nothing");
        Files.writeString(file, "1 coin");
      }).start();
      other.advance(seconds(1));
      bank.crash();
      bank.restart();
      other.advance(seconds(1));
      directory = bank.disk();
      assertThat(directory).isDirectory();
    }
    assertThat(read).containsExactly("nothing", "1 coin");
    assertThat(directory).doesNotExist();
  }

  @Test
  void failingSoftwareFailsTheWorld() {
    lab.host("bank").on(lan, "10.0.0.2/24").runs(host -> {
      Thread.sleep(1500);
      throw new IOException("no ledger");
    }).start();
    assertThatThrownBy(() -> lab.await(Mono.delay(seconds(3)))).isInstanceOf(IllegalStateException.class)
        .hasMessage("the software of host bank failed at PT1.5S").hasRootCauseMessage("no ledger");
    lab.await(Mono.delay(seconds(1)));
  }

  @Test
  void finishedCompletesWhenAllProgramsHaveReturned() {
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24").runs(host -> Thread.sleep(1500))
        .runs(host -> Thread.sleep(2500))
        .start();
    lab.await(bank.finished());
    assertThat(lab.now()).isEqualTo(seconds(2.5));
    bank.restart();
    lab.await(bank.finished());
    assertThat(lab.now()).isEqualTo(seconds(5));
    bank.restart();
    lab.at(seconds(6)).run(bank::crash);
    assertThatThrownBy(() -> lab.await(bank.finished(), seconds(10))).isInstanceOf(StalledException.class);
    lab.await(lab.host("plain").on(lan, "10.0.0.3/24").start().finished());
  }

  @Test
  void unreportedFailureFailsTheClose() {
    Lab other = Lab.virtual(3);
    other.host("bank").on(other.newSwitch("lan"), "10.0.0.2/24").runs(host -> {
      throw new IOException("no ledger");
    }).start();
    assertThatThrownBy(() -> other.advance(seconds(1))).hasRootCauseMessage("no ledger");
    Lab last = Lab.virtual(3);
    last.at(seconds(1)).run(() -> last.fail(new IllegalStateException("unseen")));
    last.run(() -> last.fail(new IllegalStateException("unseen")));
    assertThatThrownBy(last::close).hasMessage("unseen");
    other.close();
  }

  @Test
  void worldsWithCrashesAndPausesAreRepeatable() {
    assertThat(restless(5)).isEqualTo(restless(5)).isNotEqualTo(restless(6));
  }

  private static List<Byte> restless(long seed) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Capture capture = Capture.to(bytes,
        InstantSource.fixed(Instant.EPOCH));
    try (Lab lab = Lab.virtual(seed)) {
      Switch lan = lab.newSwitch("lan");
      Host bank = lab.host("bank").on(lan, "10.0.0.2/24", wire -> wire.loss(0.1).delay(Duration.ofMillis(3)))
          .runs(HostSoftwareTest::echo).start().capture(capture);
      lab.host("client").on(lan, "10.0.0.1/24").runs(host -> {
        while (true) {
          TcpConnection connection = host.stack().tcp().connect("10.0.0.2", 7).timeout(seconds(1)).onErrorComplete()
              .block();
          if (connection != null) {
            connection.send(Mono.just(text("hello"))).thenMany(connection.receive().doOnNext(ByteBuf::release)).next()
                .timeout(seconds(2)).onErrorComplete().block();
            connection.abort();
          }
        }
      }).start();
      lab.at(seconds(1)).run(bank::crash);
      lab.at(seconds(1.2)).run(bank::restart);
      lab.at(seconds(2)).run(bank::pause);
      lab.at(seconds(2.5)).run(bank::resume);
      lab.advance(seconds(4));
    }
    capture.close();
    List<Byte> content = new ArrayList<>();
    for (byte each : bytes.toByteArray()) {
      content.add(each);
    }
    return content;
  }

  @Test
  void replacedHostDoesNotRestart() {
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24").runs(HostSoftwareTest::echo).start();
    bank.crash();
    bank.crash();
    lab.host("other").on(lan, "10.0.0.2/24").start();
    assertThatThrownBy(bank::restart).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the address 10.0.0.2 of host bank is already in use by host other on the same link");
    lab.host("bank").on(lan, "10.0.0.3/24").start();
    assertThatThrownBy(bank::restart).isInstanceOf(IllegalStateException.class)
        .hasMessage("another host has replaced host bank");
  }
}
