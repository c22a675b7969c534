package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Blocking code of a world that waits for something real, for something outside, or forever. */
@Timeout(60)
class BlockingEscapesTest {

  @Test
  void aWaitThatNothingEndsIsAnErrorThatNamesItsLine() {
    try (Lab lab = Lab.virtual(1)) {
      assertThatThrownBy(() -> lab.await(Mono.fromCallable(() -> {
        new CountDownLatch(1).await();
        return 1;
      }).subscribeOn(Schedulers.boundedElastic()))).isInstanceOf(StalledException.class)
          .hasMessageContaining("boundedElastic-1").hasMessageContaining("BlockingEscapesTest.java");
    }
  }

  @Test
  void aWakeFromAThreadOutsideIsAnEscapeWithBothStacks() {
    try (Lab lab = Lab.virtual(1)) {
      assertThat(lab.<String>blocking(() -> CompletableFuture.supplyAsync(BlockingEscapesTest::slowly).get()))
          .isEqualTo("slow");
      assertThat(lab.escapes()).hasSize(1);
      Escape escape = lab.escapes().getFirst();
      assertThat(escape.sentence()).contains("lab.outside");
      assertThat(escape.thread()).startsWith("ForkJoinPool");
      assertThat(escape.source())
          .anyMatch(frame -> frame.getMethodName().equals("complete") || frame.getMethodName().equals("run"));
      assertThat(escape.waiting())
          .anyMatch(frame -> frame.getClassName().startsWith(BlockingEscapesTest.class.getName()));
      assertThat(lab.now()).isEqualTo(Duration.ZERO);
    }
  }

  private static String slowly() {
    realPause(50);
    return "slow";
  }

  private static void realPause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void codeRunOutsideIsNoEscapeAndTheWorldDoesNotMove() {
    try (Lab lab = Lab.virtual(1)) {
      List<String> order = new ArrayList<>();
      lab.run(() -> Flux.interval(Duration.ofMillis(1)).subscribe(n -> order.add("tick")));
      lab.blocking(() -> {
        String real = lab.outside(() -> {
          assertThat(Thread.currentThread().isVirtual()).isFalse();
          long before = System.nanoTime();
          realPause(30);
          assertThat(System.nanoTime() - before).isGreaterThan(20_000_000);
          return Mono.delay(Duration.ofMillis(5)).map(n -> Thread.currentThread().getName()).block();
        });
        assertThat(real).startsWith("parallel-");
        order.add("outside");
        Thread.sleep(2);
        return true;
      });
      assertThat(order).startsWith("outside", "tick", "tick");
      assertThatThrownBy(() -> lab.blocking(() -> lab.outside(() -> {
        throw new IOException("real");
      }))).hasRootCauseMessage("real").hasRootCauseInstanceOf(IOException.class);
      assertThat(lab.<String>call(() -> lab.outside(() -> Thread.currentThread().getName()))).contains("outside");
      assertThat(lab.outside(() -> Thread.currentThread())).isSameAs(Thread.currentThread());
      assertThat(lab.escapes()).isEmpty();
    }
  }

  @Test
  void anAnswerFromARealSocketIsWaitedForAndIsAnEscape() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread.ofPlatform().daemon().start(() -> answer(server));
      for (int round = 0; round < 2; round++) {
        // In the second world, the JVM's own socket threads are still alive from the first.
        try (Lab lab = Lab.virtual(1)) {
          lab.run(() -> Flux.interval(Duration.ofMillis(1)).subscribe());
          Integer read = lab.blocking(() -> {
            try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort());
                InputStream in = socket.getInputStream()) {
              return in.read();
            }
          });
          assertThat(read).isEqualTo('x');
          assertThat(lab.now()).isEqualTo(Duration.ZERO);
          assertThat(lab.escapes()).singleElement().extracting(Escape::sentence).asString().contains("real socket");
        }
      }
    }
  }

  private static void answer(ServerSocket server) {
    while (!server.isClosed()) {
      try (Socket accepted = server.accept()) {
        realPause(50);
        accepted.getOutputStream().write('x');
      } catch (IOException e) {
        return;
      }
    }
  }

  @Test
  void aRealSocketThatStaysSilentTimesOut() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress()); Lab lab = Lab.virtual(1)) {
      assertThatThrownBy(() -> lab.blocking(() -> {
        try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
          socket.setSoTimeout(100);
          return socket.getInputStream().read();
        }
      })).hasCauseInstanceOf(SocketTimeoutException.class);
      assertThat(lab.now()).isEqualTo(Duration.ofMillis(100));
    }
  }

  @Test
  void filesAreRead(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "text");
    try (Lab lab = Lab.virtual(1)) {
      assertThat(lab.<String>blocking(() -> Files.readString(file))).isEqualTo("text");
      assertThat(lab.now()).isEqualTo(Duration.ZERO);
    }
  }

  /**
   * A class whose initializer blocks: the virtual thread cannot leave its carrier there, and the carrier then moves no
   * world.
   */
  private static final class Pinned {
    static final String VALUE = value();

    private static String value() {
      return String.valueOf(Mono.delay(Duration.ofMillis(1)).block());
    }
  }

  @Test
  void aWaitThatStopsTheWorldsOwnThreadIsAnErrorThatNamesItsLine() {
    Throwable thrown;
    try (Lab lab = Lab.virtual(1)) {
      thrown = catchThrowable(() -> lab.blocking(() -> Pinned.VALUE));
      assertThat(thrown).isInstanceOf(StalledException.class).hasMessageContaining("BlockingEscapesTest.java")
          .hasMessageContaining("value");
    }
  }

  @Test
  void aMonitorThatBlockingCodeHoldsStopsTheLoopAndIsNamed() {
    try (Lab lab = Lab.virtual(1)) {
      Object monitor = new Object();
      lab.run(() -> Mono.fromRunnable(() -> {
        synchronized (monitor) {
          LockSupport.park();
        }
      }).subscribeOn(Schedulers.boundedElastic()).subscribe());
      lab.advance(Duration.ofMillis(1));
      assertThatThrownBy(() -> lab.run(() -> {
        synchronized (monitor) {
          throw new AssertionError("the monitor is still held");
        }
      })).isInstanceOf(StalledException.class).hasMessageContaining("BlockingEscapesTest.java");
    }
  }

  @Test
  void aWorldIsNotDrivenFromInsideSynchronizedCode() {
    try (Lab lab = Lab.virtual(1)) {
      Object monitor = new Object();
      List<String> inside = new ArrayList<>();
      Mono<Integer> second = Mono.fromCallable(() -> {
        synchronized (monitor) {
          inside.add("second");
          return 1;
        }
      }).subscribeOn(Schedulers.boundedElastic());
      assertThatThrownBy(() -> lab.call(() -> {
        synchronized (monitor) {
          return lab.await(second);
        }
      })).isInstanceOf(IllegalStateException.class).hasMessageContaining("synchronized");
      assertThat(inside).isEmpty();
      assertThat(lab.<Integer>call(() -> lab.await(second))).isEqualTo(1);
    }
  }

  @Test
  void cancellationInterruptsAsReactorsOwnSchedulerDoes() {
    try (Lab lab = Lab.virtual(1)) {
      List<String> ends = new ArrayList<>();
      assertThatThrownBy(() -> lab.await(Mono.fromCallable(() -> {
        try {
          Thread.sleep(Duration.ofHours(1));
        } catch (InterruptedException e) {
          ends.add("interrupted at " + lab.now());
        }
        return 1;
      }).subscribeOn(Schedulers.boundedElastic()).timeout(Duration.ofSeconds(2)))).hasCauseInstanceOf(
          java.util.concurrent.TimeoutException.class);
      lab.advance(Duration.ofMillis(1));
      assertThat(ends).containsExactly("interrupted at PT2S");
    }
  }

  @Test
  void aWorldThatEndsInterruptsItsThreads() throws InterruptedException {
    CountDownLatch interrupted = new CountDownLatch(1);
    try (Lab lab = Lab.virtual(1)) {
      lab.run(() -> Schedulers.boundedElastic().schedule(() -> {
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          interrupted.countDown();
        }
      }));
      lab.advance(Duration.ofMillis(1));
    }
    assertThat(interrupted.await(5, TimeUnit.SECONDS)).isTrue();
  }
}
