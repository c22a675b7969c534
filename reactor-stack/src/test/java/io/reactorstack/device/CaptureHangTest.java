package io.reactorstack.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Ticker;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.ExternalCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Tests captures into streams that never return: they must block their own thread only. */
@Timeout(60)
class CaptureHangTest {

  private static final Duration LIMIT = Duration.ofMillis(20);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final DeviceCapabilities IP = DeviceCapabilities.ip(65_535);

  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicReference<Thread> writer = new AtomicReference<>();

  @TempDir
  private Path folder;

  @AfterEach
  void release() {
    released.countDown();
  }

  /** A stream whose calls do not return before the test ends, even if they are interrupted. */
  private final class Hanging extends OutputStream {

    @Override
    public void write(int b) {
      hang();
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      hang();
    }

    @Override
    public void close() {
      hang();
    }

    private void hang() {
      writer.set(Thread.currentThread());
      while (true) {
        try {
          released.await();
          return;
        } catch (InterruptedException e) {
          // Behaves like a system call that Java cannot interrupt.
        }
      }
    }
  }

  private static Frame frame(int bytes) {
    ByteBuf buffer = Unpooled.buffer(bytes).writeZero(bytes);
    return new Frame(buffer, PacketFacts.LOCAL);
  }

  private static void show(Capture capture, int frames, int bytes) {
    FrameObserver observer = capture.observer("tap0", IP, Ticker.systemTicker());
    Frame frame = frame(bytes);
    for (int i = 0; i < frames; i++) {
      observer.onFrame(Direction.SENT, frame, i);
    }
  }

  @Test
  void closingAbandonsHangingStreamAndCountsLostFrames() {
    Capture capture = Capture.to(new Hanging(), () -> Instant.EPOCH);
    show(capture, 10_000, 60_000);
    assertThatThrownBy(() -> capture.close(LIMIT)).isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("did not take");
    assertThat(capture.missing()).as("all but those that the blocked thread holds").isBetween(9_990L, 10_000L);
    capture.close();
  }

  @Test
  void hangingStreamBlocksNoSharedThread() {
    Scheduler shared = Schedulers.newBoundedElastic(1, 100, "shared", 60, true);
    try {
      Capture hanging = Capture.to(new Hanging(), () -> Instant.EPOCH);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      Capture other = Capture.to(bytes, () -> Instant.EPOCH);
      show(hanging, 1, 100);
      show(other, 1, 100);
      // Both captures are closed on the only thread of the shared scheduler.
      String told = Mono.fromCallable(() -> {
        other.close();
        try {
          hanging.close(LIMIT);
          return "closed";
        } catch (UncheckedIOException e) {
          return "given up";
        }
      }).subscribeOn(shared).block(SOON);
      assertThat(told).isEqualTo("given up");
      assertThat(bytes.size()).isGreaterThan(100);
      assertThat(Mono.just("free").subscribeOn(shared).block(SOON)).isEqualTo("free");
      assertThat(writer.get().getName()).isEqualTo("capture");
      assertThat(writer.get().isDaemon()).isTrue();
    } finally {
      shared.dispose();
    }
  }

  @Test
  void closingOnTheWritingThreadReturns() {
    Scheduler one = Schedulers.newBoundedElastic(1, 100, "one", 60, true);
    try {
      Capture capture = Capture.to(new ByteArrayOutputStream(), one, () -> Instant.EPOCH);
      String told = Mono.fromCallable(() -> {
        show(capture, 1, 100);
        try {
          capture.close(LIMIT);
          return "closed";
        } catch (UncheckedIOException e) {
          return "given up";
        }
      }).subscribeOn(one).block(SOON);
      assertThat(told).isEqualTo("given up");
    } finally {
      one.dispose();
    }
  }

  @Test
  void abandonedStreamIsClosedWhenItsCallReturns() throws InterruptedException {
    CountDownLatch closed = new CountDownLatch(1);
    OutputStream hanging = new Hanging();
    Capture capture = Capture.to(new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        hanging.write(b);
      }

      @Override
      public void close() {
        closed.countDown();
      }
    }, () -> Instant.EPOCH);
    show(capture, 1, 100);
    assertThatThrownBy(() -> capture.close(LIMIT)).isInstanceOf(UncheckedIOException.class);
    released.countDown();
    assertThat(closed.await(SOON.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void finishingDoesNotBlock() {
    Capture capture = Capture.to(new Hanging(), () -> Instant.EPOCH);
    show(capture, 1, 100);
    AtomicReference<Throwable> end = new AtomicReference<>();
    capture.finish().subscribe(nothing -> {}, end::set);
    assertThat(end.get()).isNull();
  }

  @Test
  void closingOnNonBlockingThreadThrows() {
    Capture capture = Capture.to(new Hanging(), () -> Instant.EPOCH);
    assertThatThrownBy(() -> Mono.fromRunnable(capture::close).subscribeOn(Schedulers.parallel()).block(SOON))
        .isInstanceOf(IllegalStateException.class).hasMessageContaining("finish()");
  }

  @Test
  void pipeWithoutReaderDelaysNoCaller() {
    ExternalCommand.require("mkfifo");
    Path pipe = folder.resolve("pipe");
    ExternalCommand.run(SOON, List.of("mkfifo", pipe.toString())).orThrow();
    Capture capture = Capture.toFile(pipe);
    show(capture, 10, 100);
    assertThatThrownBy(() -> capture.close(LIMIT)).isInstanceOf(UncheckedIOException.class);
    assertThat(capture.missing()).isEqualTo(10);
    // Unblocks the writing thread, which waits in a call that cannot be interrupted.
    ExternalCommand.run(SOON, List.of("dd", "if=" + pipe, "of=/dev/null", "iflag=nonblock"));
  }

  @Test
  void fullDiskCountsMissingFrames() {
    Path full = Path.of("/dev/full");
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(full), "this system has no /dev/full");
    Capture capture = Capture.toFile(full);
    show(capture, 1_000, 1_000);
    assertThatThrownBy(capture::close).isInstanceOf(UncheckedIOException.class).hasMessageContaining("No space left");
    assertThat(capture.missing()).as("all frames except those in the buffer of 64 KiB").isBetween(930L, 1_000L);
  }

  @Test
  void fullStreamInVirtualTimeCountsMissingFrames() {
    ByteArrayOutputStream taken = new ByteArrayOutputStream();
    Capture capture = Capture.inVirtualTime(new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        if (taken.size() >= 1_000) {
          throw new IOException("full");
        }
        taken.write(b);
      }
    });
    show(capture, 20, 100);
    assertThat(capture.missing()).isBetween(10L, 15L);
    assertThatThrownBy(capture::close).isInstanceOf(UncheckedIOException.class).hasMessageContaining("full");
  }

  @Test
  void closingFailsIfTheSchedulerIsDisposed() {
    Scheduler gone = Schedulers.newBoundedElastic(1, 100, "gone", 60, true);
    Capture capture = Capture.to(new ByteArrayOutputStream(), gone, () -> Instant.EPOCH);
    gone.dispose();
    show(capture, 5, 100);
    assertThat(capture.missing()).isEqualTo(5);
    assertThatThrownBy(capture::close).isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void closingReportsThatTheStreamCouldNotBeOpened() throws IOException {
    Path directory = Files.createDirectory(folder.resolve("directory"));
    Capture capture = Capture.toFile(directory);
    show(capture, 3, 100);
    assertThatThrownBy(capture::close).isInstanceOf(UncheckedIOException.class);
    assertThat(capture.missing()).isEqualTo(3);
  }
}
