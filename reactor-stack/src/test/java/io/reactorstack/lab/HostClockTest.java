package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.testing.Inside;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Hosts whose clocks deviate from the world's, each in its own way. */
class HostClockTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Lab lab = Lab.virtual(11);
  private final Switch lan = lab.newSwitch("lan");
  private final List<String> log = new ArrayList<>();

  @AfterEach
  void close() {
    lab.close();
  }

  private static Duration seconds(double n) {
    return Duration.ofNanos((long) (n * 1e9));
  }

  private Host host(String name, String address, HostSoftware software) {
    return lab.host(name).on(lan, address).runs(software).start();
  }

  private void note(Object what) {
    log.add(lab.now().toMillis() + " " + what);
  }

  @Test
  void clockInitiallyShowsTheWorldsTime() {
    Host host = lab.host("a").on(lan, "10.0.0.1/24").start();
    lab.advance(seconds(3));
    assertThat(host.clock().instant()).isEqualTo(START.plusSeconds(3)).isEqualTo(lab.clock().instant());
    assertThat(host.clock().withZone(ZoneId.of("Asia/Tokyo")).instant()).isEqualTo(START.plusSeconds(3));
    assertThat(host.clock().withZone(ZoneId.of("UTC")).getZone()).isEqualTo(ZoneId.of("UTC"));
  }

  @Test
  void skewMovesTheDateOfOneHostOnly() {
    HostSoftware dates = host -> Mono.delay(seconds(1)).subscribe(n -> note(host.name() + " " + Instant.now()));
    Host ahead = host("ahead", "10.0.0.1/24", dates);
    Host behind = host("behind", "10.0.0.2/24", dates);
    ahead.clock().skew(seconds(3));
    behind.clock().skew(seconds(-3600));
    lab.advance(seconds(2));
    assertThat(log).containsExactly("1000 ahead 2026-01-01T00:00:04Z", "1000 behind 2025-12-31T23:00:01Z");
    assertThat(ahead.clock().skew(seconds(5)).instant()).as("skews do not add up")
        .isEqualTo(START.plusSeconds(7));
  }

  @Test
  void jumpMovesTheDateButNoTimers() {
    Host host = host("a", "10.0.0.1/24", self -> {
      long begin = System.nanoTime();
      Mono.delay(seconds(10)).subscribe(n -> note("timer"));
      Thread.sleep(5000);
      note("slept " + (System.nanoTime() - begin) + " " + Instant.now());
    });
    lab.at(seconds(2)).run(() -> host.clock().jump(seconds(-3600)).jump(seconds(60)));
    lab.advance(seconds(20));
    assertThat(log).containsExactly("5000 slept 5000000000 2025-12-31T23:01:05Z", "10000 timer");
  }

  @Test
  void fastClockShortensTimers() {
    Host fast = host("fast", "10.0.0.1/24", self -> {
      long begin = System.nanoTime();
      Instant date = Instant.now();
      Mono.delay(seconds(11)).subscribe(n -> note("delay"));
      Flux.interval(seconds(5.5)).take(2).subscribe(n -> note("interval"));
      Inside.loop(self.stack()).schedule(() -> note("loop"), 22, TimeUnit.SECONDS);
      Schedulers.parallel().createWorker().schedule(() -> note("worker"), 33, TimeUnit.SECONDS);
      Thread.sleep(11_000);
      note("slept " + Duration.between(date, Instant.now()) + " " + (System.nanoTime() - begin));
    });
    fast.clock().drift(100_000);
    lab.advance(seconds(60));
    assertThat(log).containsExactly("5000 interval", "10000 delay", "10000 interval",
        "10000 slept PT11S 11000000000", "20000 loop", "30000 worker");
    assertThat(fast.clock().instant()).isEqualTo(START.plusSeconds(66));
  }

  @Test
  void slowClockLengthensTimers() {
    Host slow = host("slow", "10.0.0.1/24", self -> Mono.delay(seconds(1)).subscribe(n -> note("delay")));
    slow.clock().drift(-200_000);
    lab.advance(seconds(2));
    assertThat(log).containsExactly("1250 delay");
  }

  @Test
  void aTimerIsNeverEarlyOnItsOwnClock() {
    int[] drifts = {1, -1, 7, -13, 200, -200, 99_999, -99_999, 333_333, -333_333};
    for (int drift : drifts) {
      List<Long> passed = new ArrayList<>();
      try (Lab other = Lab.virtual(drift)) {
        Host host = other.host("a").on(other.newSwitch("lan"), "10.0.0.1/24").runs(self -> {
          for (long wait = 1; wait < 3_000_000_000L; wait = wait * 3 + 1) {
            long begin = System.nanoTime();
            long given = wait;
            Inside.loop(self.stack()).schedule(() -> passed.add(System.nanoTime() - begin - given), wait,
                TimeUnit.NANOSECONDS);
          }
        }).start();
        host.clock().drift(drift);
        other.advance(seconds(10));
      }
      assertThat(passed).as("nanoseconds beyond the delay at %d ppm", drift).hasSize(20)
          .allMatch(late -> late >= 0 && late <= 1);
    }
  }

  @Test
  void changeOfDriftContinuesFromTheCurrentTime() {
    Host host = lab.host("a").on(lan, "10.0.0.1/24").start();
    host.clock().drift(1000);
    lab.advance(seconds(1000));
    host.clock().drift(0);
    lab.advance(seconds(1000));
    assertThat(host.clock().instant()).isEqualTo(START.plusSeconds(2001));
  }

  @Test
  void crashDoesNotChangeTheClock() {
    Host host = host("a", "10.0.0.1/24", self -> note(Instant.now()));
    host.clock().skew(seconds(60));
    lab.advance(seconds(1));
    host.restart();
    lab.advance(seconds(1));
    assertThat(log).containsExactly("0 2026-01-01T00:01:00Z", "1000 2026-01-01T00:01:01Z");
  }

  @Test
  void hostsWithWrongClocksTalkToEachOther() {
    Host fast = lab.host("fast").on(lan, "10.0.0.1/24").start();
    Host slow = lab.host("slow").on(lan, "10.0.0.2/24").start();
    fast.clock().drift(300_000).skew(seconds(86_400));
    slow.clock().drift(-300_000);
    lab.run(() -> slow.stack().tcp().listen(7)
        .flatMap(connection -> connection.send(connection.receive()).then(connection.close())).subscribe());
    slow.wire().impair("loss 20%");
    assertThat(lab.await(fast.stack().tcp().connect("10.0.0.2", 7)
        .flatMapMany(connection -> connection.send(Mono.just(io.netty.buffer.Unpooled.wrappedBuffer(new byte[20_000])))
            .then(connection.shutdownOutput())
            .thenMany(connection.receive().map(bytes -> {
              int length = bytes.readableBytes();
              bytes.release();
              return length;
            })))
        .reduce(Integer::sum))).isEqualTo(20_000);
  }

  @Test
  void excessiveDriftAndSkewAreRejected() {
    Host host = lab.host("a").on(lan, "10.0.0.1/24").start();
    assertThatThrownBy(() -> host.clock().drift(500_001)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("drift").hasMessageContaining("500001");
    assertThatThrownBy(() -> host.clock().skew(Duration.ofDays(400_000))).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("skew");
    host.clock().skew(Duration.ofDays(18_000));
    assertThatThrownBy(() -> host.clock().jump(Duration.ofDays(18_000))).hasMessageContaining("skew after the jump");
  }
}
