package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * The routing of schedulers survives tests that dispose of schedulers, reset the factory or use reactor-test's virtual
 * time.
 */
@Timeout(30)
class RoutedSchedulersTest {

  /**
   * Creates the publisher for each use: it keeps the scheduler of its assembly, and a reset disposes of that scheduler.
   */
  private static Mono<String> later() {
    return Mono.delay(Duration.ofMillis(5)).map(n -> Thread.currentThread().getName());
  }

  @Test
  void routingIsRestoredAfterAResetBetweenAwaits() {
    try (Lab lab = Lab.virtual(1)) {
      assertInTheWorld(lab, Mono.defer(RoutedSchedulersTest::later));
      Schedulers.resetFactory();
      assertThat(later().block()).startsWith("parallel-");
      assertInTheWorld(lab, Mono.defer(RoutedSchedulersTest::later));
      Schedulers.shutdownNow();
      assertInTheWorld(lab, Mono.defer(RoutedSchedulersTest::later));
      assertThat(later().block()).startsWith("parallel-");
    }
  }

  /**
   * A publisher that is assembled after a reset, before the lab can notice it, has Reactor's own scheduler: its signal
   * is an escape.
   */
  @Test
  void publisherAssembledAfterAResetIsReported() {
    try (Lab lab = Lab.virtual(1)) {
      Schedulers.resetFactory();
      String thread = lab.await(later());
      assertThat(thread).startsWith("parallel-");
      assertThat(lab.now()).isZero();
      assertThat(lab.escapes()).singleElement()
          .satisfies(escape -> assertThat(escape.sentence()).contains("after a test had reset Reactor's schedulers"));
    }
  }

  @Test
  void resetInsideAnAwaitIsMentionedWhenTheWorldStalls() {
    try (Lab lab = Lab.virtual(1)) {
      assertThatThrownBy(() -> lab.await(Mono.defer(() -> {
        Schedulers.resetFactory();
        return Mono.never();
      }))).isInstanceOf(StalledException.class)
          .hasMessageContaining("Reactor's schedulers have been reset or replaced meanwhile");
      assertInTheWorld(lab, Mono.defer(RoutedSchedulersTest::later));
    }
  }

  @Test
  void schedulersTakenBeforeAResetStillServeWorlds() {
    try (Lab lab = Lab.virtual(1)) {
      Scheduler mine = Schedulers.newSingle("kept");
      Scheduler shared = Schedulers.parallel();
      Schedulers.resetFactory();
      for (Scheduler scheduler : List.of(mine, shared)) {
        assertInTheWorld(lab, Mono.delay(Duration.ofMillis(5), scheduler).map(n -> Thread.currentThread().getName()));
      }
      mine.dispose();
    }
  }

  /**
   * A scheduler that was obtained before the first lab, or before a reset, keeps its threads when the routing is
   * installed.
   */
  @Test
  void installingTheRoutingKeepsExistingSchedulers() {
    Schedulers.resetFactory();
    Scheduler before = Schedulers.parallel();
    Scheduler elastic = Schedulers.boundedElastic();
    Flux<Long> ticks = Flux.interval(Duration.ofMillis(1), before).take(200);
    Mono<Long> counting = ticks.count().cache();
    counting.subscribe();
    try (Lab lab = Lab.virtual(1)) {
      assertInTheWorld(lab, Mono.defer(RoutedSchedulersTest::later));
      assertThat(counting.block(Duration.ofSeconds(20))).isEqualTo(200);
      assertThat(before.isDisposed()).isFalse();
      assertThat(Mono.fromCallable(() -> Thread.currentThread().getName()).subscribeOn(elastic).block())
          .startsWith("boundedElastic-");
    }
  }

  @Test
  void schedulerCreatedByAUserEndsEverywhereOnDisposal() {
    try (Lab lab = Lab.virtual(1)) {
      for (Scheduler made : List.of(Schedulers.newSingle("mine"), Schedulers.newParallel("mine", 2),
          Schedulers.newBoundedElastic(1, 10, "mine"))) {
        List<String> seen = new ArrayList<>();
        lab.run(() -> {
          made.schedule(() -> seen.add("dropped"), 1, java.util.concurrent.TimeUnit.SECONDS);
          made.dispose();
          assertThat(made.isDisposed()).isTrue();
          assertThatThrownBy(() -> made.schedule(() -> {})).isInstanceOf(RejectedExecutionException.class);
        });
        lab.advance(Duration.ofSeconds(2));
        assertThat(seen).isEmpty();
        assertThat(made.isDisposed()).isTrue();
        assertThatThrownBy(() -> made.schedule(() -> {})).isInstanceOf(RejectedExecutionException.class);
      }
    }
  }

  @Test
  void sharedSchedulersSurviveDisposal() {
    try (Lab lab = Lab.virtual(1)) {
      lab.run(() -> List.of(Schedulers.parallel(), Schedulers.single(), Schedulers.boundedElastic())
          .forEach(Scheduler::dispose));
      assertInTheWorld(lab, Mono.defer(RoutedSchedulersTest::later));
      assertThat(later().block()).startsWith("parallel-");
    }
  }

  @Test
  void gracefulDisposalInAWorldTakesVirtualTime() {
    try (Lab lab = Lab.virtual(1)) {
      Scheduler mine = Schedulers.newSingle("mine");
      List<String> seen = new ArrayList<>();
      lab.await(Mono.defer(() -> {
        mine.schedule(() -> seen.add("accepted"), 3, java.util.concurrent.TimeUnit.SECONDS);
        return mine.disposeGracefully();
      }));
      assertThat(seen).containsExactly("accepted");
      assertThat(lab.now()).isEqualTo(Duration.ofSeconds(3));
    }
  }

  @Test
  void wrongSizesAreRefusedByReactorAtTheCall() {
    try (Lab lab = Lab.virtual(1)) {
      assertThat(lab.now()).isZero();
      assertThatThrownBy(() -> Schedulers.newParallel("none", 0)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> Schedulers.newBoundedElastic(0, 1, "none")).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void virtualTimeOfReactorTestIsRejected() {
    VirtualTimeScheduler.getOrSet();
    try {
      assertThatThrownBy(() -> Lab.virtual(1)).isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("StepVerifier.withVirtualTime")
          .hasMessageContaining("the lab's time is virtual anyway");
    } finally {
      VirtualTimeScheduler.reset();
    }
    try (Lab lab = Lab.virtual(1)) {
      VirtualTimeScheduler.getOrSet();
      try {
        assertThatThrownBy(() -> lab.await(later())).isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("StepVerifier.withVirtualTime");
        assertThatThrownBy(() -> lab.advance(Duration.ofSeconds(1))).isInstanceOf(IllegalStateException.class);
      } finally {
        VirtualTimeScheduler.reset();
      }
      assertInTheWorld(lab, Mono.defer(RoutedSchedulersTest::later));
    }
  }

  @Test
  void afterAVerifierWithVirtualTimeTheRoutingIsInPlaceAgain() {
    try (Lab lab = Lab.virtual(1)) {
      StepVerifier.withVirtualTime(() -> Mono.delay(Duration.ofDays(1))).thenAwait(Duration.ofDays(1)).expectNext(0L)
          .verifyComplete();
      assertInTheWorld(lab, Mono.defer(RoutedSchedulersTest::later));
    }
  }

  private static void assertInTheWorld(Lab lab, Mono<String> thread) {
    Duration before = lab.now();
    String name = lab.await(thread);
    assertThat(name).startsWith("reactor-stack-lab");
    assertThat(lab.now()).isEqualTo(before.plusMillis(5));
  }
}
