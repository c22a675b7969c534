package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.reactorstack.lab.report.HostReport;
import io.reactorstack.lab.report.ReportPart;
import io.reactorstack.lab.report.WorldReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The report of a world is available in every state of the world. */
class LabReportTest {

  @Test
  void errorOfTheLabCarriesAReportOfThatMoment() {
    try (Lab lab = Lab.virtual(17)) {
      Host server = server(lab);
      lab.partition(client(lab), server);
      StalledException stalled = catchThrowableOfType(StalledException.class,
          () -> lab.await(client(lab).stack().tcp().connect("10.0.0.2", 80), Duration.ofMillis(500)));
      assertThat(stalled.getMessage()).hasLineCount(1);
      assertThat(stalled.report()).isNotNull();
      assertThat(stalled.report().seed()).isEqualTo(17);
      assertThat(stalled.report()).asString().contains("Lab.virtual(17)").contains("SYN-SENT  0");
      // Meanwhile the cancellation has ended the connection.
      assertThat(lab.report()).asString().doesNotContain("SYN-SENT  0");
      StringWriter trace = new StringWriter();
      stalled.printStackTrace(new PrintWriter(trace));
      assertThat(trace.toString()).startsWith(StalledException.class.getName() + ": " + stalled.getMessage())
          .containsOnlyOnce("Lab.virtual(17)");
    }
  }

  @Test
  void reportIsAttachedToAnAssertionOnce() {
    try (Lab lab = Lab.virtual(3)) {
      server(lab);
      AssertionError failure = lab.report().attachedTo(new AssertionError("expected 1"));
      lab.report().attachedTo(failure);
      assertThat(failure.getSuppressed()).hasSize(1);
      assertThat(failure.getSuppressed()[0].getStackTrace()).isEmpty();
      assertThat(failure.getSuppressed()[0]).asString().contains("Lab.virtual(3)");
      StalledException stalled = catchThrowableOfType(StalledException.class, () -> lab.await(Mono.never()));
      assertThat(lab.report().attachedTo(stalled).getSuppressed()).noneMatch(LabReport.Attachment.class::isInstance);
    }
  }

  @Test
  void closedWorldReportsItsLastState() {
    Lab lab = Lab.virtual(4);
    server(lab);
    lab.advance(Duration.ofSeconds(2));
    lab.close();
    assertThat(lab.report().at()).isEqualTo(Duration.ofSeconds(2));
    assertThat(lab.report()).asString().contains("server  10.0.0.2/24  running");
  }

  @Test
  void filesAreWrittenOnDemand(@TempDir Path directory) throws IOException {
    try (Lab lab = Lab.virtual(5)) {
      server(lab);
      Path inside = directory.resolve("some/where");
      assertThat(lab.report().writeTo(inside)).contains(inside.resolve("report.txt"));
      assertThat(Files.readString(inside.resolve("report.txt"))).isEqualTo(lab.report().toString());
    }
  }

  @Test
  void aWorldInRealTimeHasAReportToo() {
    try (Lab lab = Lab.realTime(6)) {
      server(lab);
      StalledException stalled = catchThrowableOfType(StalledException.class,
          () -> lab.await(Mono.never(), Duration.ofMillis(1)));
      assertThat(stalled.report()).asString().contains("Lab.realTime(6)").contains("server  10.0.0.2/24  running");
    }
  }

  @Test
  void aReportIsTakenFromAnyThreadWhileTheWorldMoves() throws InterruptedException {
    try (Lab lab = Lab.virtual(7)) {
      server(lab);
      List<LabReport> reports = new CopyOnWriteArrayList<>();
      List<LabReport> inside = new ArrayList<>();
      // The world's thread waits for the other thread, which therefore cannot wait for the world's thread.
      lab.run(() -> {
        inside.add(lab.report());
        Thread other = Thread.ofPlatform().start(() -> reports.add(lab.report()));
        while (other.isAlive()) {
          inside.add(lab.report());
        }
      });
      assertThat(inside.getFirst()).asString().contains("server  10.0.0.2/24  running");
      assertThat(reports.getFirst()).asString().contains("server  10.0.0.2/24  running").contains("was busy");
      Thread free = Thread.ofPlatform().start(() -> reports.add(lab.report()));
      free.join();
      assertThat(reports.getLast()).asString().doesNotContain("was busy");
      assertThat(lab.escapes()).isEmpty();
    }
  }

  @Test
  void blockingCodeTakesAReportOfItsWorld() {
    try (Lab lab = Lab.virtual(8)) {
      server(lab);
      assertThat(lab.<LabReport>blocking(lab::report)).asString().contains("Lab.virtual(8)").doesNotContain("was busy");
    }
  }

  @Test
  void interruptedTestGetsAReportOfThatMoment() {
    try (Lab lab = Lab.virtual(10)) {
      Host server = server(lab);
      lab.partition(client(lab), server);
      Thread test = Thread.currentThread();
      IllegalStateException failure = catchThrowableOfType(IllegalStateException.class,
          () -> lab.await(client(lab).stack().tcp().connect("10.0.0.2", 80)
              .mergeWith(Mono.delay(Duration.ofMillis(1)).doOnNext(tick -> test.interrupt()).then(Mono.never()))
              .mergeWith(Flux.interval(Duration.ofNanos(1)).then(Mono.never())).then()));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(failure).hasMessageContaining("interrupted");
      assertThat(failure.getSuppressed()).hasAtLeastOneElementOfType(LabReport.Attachment.class);
      assertThat(List.of(failure.getSuppressed()).stream().filter(LabReport.Attachment.class::isInstance).toList()
          .getFirst()).asString().contains("SYN-SENT  0");
    }
  }

  @Test
  void anEscapeInAStrictWorldCarriesTheReport() {
    try (Lab lab = Lab.builder().seed(11).strict().virtualTime()) {
      server(lab);
      EscapeException escape = catchThrowableOfType(EscapeException.class,
          () -> lab.await(Mono.create(sink -> Thread.ofPlatform().start(() -> sink.success()))));
      assertThat(escape.getMessage()).hasLineCount(1);
      assertThat(escape).asString().contains("Lab.virtual(11)").contains("\nescapes\n");
    }
  }

  @Test
  void failedConditionCarriesAReportOfThatMoment() {
    try (Lab lab = Lab.virtual(13)) {
      server(lab);
      Scope always = lab.always("it is early", () -> lab.now().compareTo(Duration.ofSeconds(3)) < 0);
      AssertionError failure = catchThrowableOfType(AssertionError.class,
          () -> lab.await(Mono.delay(Duration.ofSeconds(1)).repeat(9).then()));
      always.close();
      assertThat(failure.getSuppressed()).filteredOn(LabReport.Attachment.class::isInstance).singleElement().asString()
          .contains("the world of seed 13 at 3 s").contains("publisher   delay ⇢ repeat");
    }
  }

  @Test
  void aReportFromBlockingCodeDisturbsNoOtherThread() {
    try (Lab lab = Lab.virtual(14)) {
      List<String> steps = new ArrayList<>();
      lab.run(() -> Mono.fromCallable(() -> {
        steps.add("sleeps");
        Mono.delay(Duration.ofSeconds(1)).block();
        return steps.add("has slept at " + lab.now());
      }).subscribeOn(Schedulers.boundedElastic()).subscribe());
      lab.<Boolean>blocking(() -> {
        for (int i = 0; i < 10; i++) {
          assertThat(lab.report()).asString().contains("Lab.virtual(14)");
        }
        Mono.delay(Duration.ofSeconds(2)).block();
        return true;
      });
      assertThat(steps).containsExactly("sleeps", "has slept at PT1S");
      assertThat(lab.escapes()).isEmpty();
    }
  }

  @Test
  void unreadablePartContainsItsError() {
    try (Lab lab = Lab.virtual(12)) {
      lab.await(server(lab).stack().icmp().ping(client(lab).address()));
      WorldReport whole = lab.call(() -> WorldReader.at(lab, lab.drive(), ""));
      ReportPart<List<HostReport>> failed = ReportPart.of(() -> {
        throw new IllegalStateException("no hosts today");
      });
      WorldReport torn = new WorldReport(whole.run(), whole.moment(), whole.names(), whole.waiting(), failed,
          new WorldReport.Network(new ReportPart<>(null, new AssertionError("no wires")), whole.network().barriers()),
          whole.traces());
      assertThat(new LabReport(torn)).asString()
          .contains("hosts\n  (could not be read: java.lang.IllegalStateException: no hosts today)")
          .contains("(could not be read: java.lang.AssertionError: no wires)").contains("\nstory\n");
    }
  }

  private static Host server(Lab lab) {
    Switch lan = lab.newSwitch("lan");
    lab.host("client").on(lan, "10.0.0.1/24").start();
    return lab.host("server").on(lan, "10.0.0.2/24").start();
  }

  private static Host client(Lab lab) {
    return lab.hosts().getFirst();
  }
}
