package io.reactorstack.device;

import io.netty.util.concurrent.Ticker;
import io.reactorstack.setting.Checks;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A capture of the frames of any number of devices, written as a pcapng file that Wireshark opens.
 *
 * <p>Frames are recorded as they pass between the stack and the device. If the device completes or verifies a checksum,
 * the recorded checksum field may be unfinished, and Wireshark may report it as wrong.
 */
public final class Capture implements AutoCloseable {

  private static final String PACKETS = "packets";
  private static final int LONGEST_PACKET = 65535;

  /** Upper limit on frames that wait for the writing thread, in bytes; further frames are left out and counted. */
  private static final long MAX_WAITING_BYTES = 64L << 20;

  /** Limit on the time that {@link #close} waits for the stream. */
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);

  private final BlockSink sink;
  /** The wall clock, or {@code null} if the times of the loop's clock are recorded unchanged. */
  private final @Nullable InstantSource wallClock;
  private final List<Interface> interfaces = new ArrayList<>();
  private final Map<Ticker, FrameObserver> packets = new IdentityHashMap<>();
  /** The writing of the queued frames and the closing of the stream; {@code null} until the capture is finished. */
  private @Nullable Mono<Void> writing;

  private Capture(BlockSink sink, @Nullable InstantSource wallClock) {
    this.sink = sink;
    this.wallClock = wallClock;
    sink.put(PcapngBlocks.sectionHeader());
  }

  /**
   * Opens a capture into {@code file}, which is replaced if it exists; a thread of its own writes it.
   *
   * <p>If {@code file} is not a regular file, such as a named pipe whose reader may come later, that thread opens it.
   * Frames that the file does not take in time are left out and counted ({@link #missing}); they never delay the
   * device.
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  public static Capture toFile(Path file) {
    if (Files.exists(Checks.given("file", file)) && !Files.isRegularFile(file)) {
      return onOwnThread(() -> Files.newOutputStream(file), InstantSource.system());
    }
    try {
      return to(Files.newOutputStream(file), InstantSource.system());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Creates a capture into {@code out}, which may block; a thread of its own writes it.
   *
   * @param wallClock read once for each interface; later times follow the loop's clock
   */
  public static Capture to(OutputStream out, InstantSource wallClock) {
    Checks.given("out", out);
    return onOwnThread(() -> out, Checks.given("wallClock", wallClock));
  }

  /**
   * Creates a capture into {@code out}, which a thread of {@code scheduler} writes. A stream that blocks also blocks
   * that thread: do not pass a shared scheduler together with a stream that may hang.
   *
   * @param scheduler provides the writing thread
   * @param wallClock read once for each interface; later times follow the loop's clock
   */
  public static Capture to(OutputStream out, Scheduler scheduler, InstantSource wallClock) {
    Checks.given("out", out);
    return new Capture(
        new BlockSink.Background(() -> out, Checks.given("scheduler", scheduler), () -> {}, MAX_WAITING_BYTES),
        Checks.given("wallClock", wallClock));
  }

  private static Capture onOwnThread(BlockSink.Background.Target target, InstantSource wallClock) {
    // A scheduled executor: BlockHound allows the lock of its queue, which is held for a few instructions only.
    Scheduler own = Schedulers.fromExecutorService(
        Executors.newSingleThreadScheduledExecutor(Capture::thread), "capture");
    return new Capture(new BlockSink.Background(target, own, own::dispose, MAX_WAITING_BYTES), wallClock);
  }

  /** A daemon thread: a stream that hangs must not keep the process from exiting. */
  private static Thread thread(Runnable writer) {
    Thread thread = new Thread(writer, "capture");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Creates a capture in virtual time: the times of the loop's clock are recorded as times since 1970, and each frame
   * is written immediately. Equal runs therefore produce equal bytes.
   *
   * @param out must never block, for example a stream into memory
   */
  public static Capture inVirtualTime(OutputStream out) {
    return new Capture(new BlockSink.Direct(Checks.given("out", out)), null);
  }

  /** Returns a factory that opens {@code device} and records its frames under an interface called {@code name}. */
  public NetworkDevice.Factory around(NetworkDevice.Factory device, String name) {
    Checks.text("name", name);
    return new Decorated(Checks.given("device", device), (opened, loop) -> new ObservedDevice(
        opened, loop.ticker(), List.of(observer(name, opened.capabilities(), loop.ticker()))));
  }

  /**
   * Returns an observer that records frames under a further interface, called {@code name}.
   *
   * @param ticker the clock of the device's loop
   * @throws IllegalStateException if the capture is closed
   */
  public FrameObserver observer(String name, DeviceCapabilities capabilities, Ticker ticker) {
    return add(Checks.text("name", name), Checks.given("capabilities", capabilities), Checks.given("ticker", ticker),
        wallClock);
  }

  /**
   * Does the same as {@link #observer(String, DeviceCapabilities, Ticker)} for an interface whose wall-clock time comes
   * from {@code date}. A capture {@linkplain #inVirtualTime in virtual time} records the loop's clock in this case too.
   *
   * @param date read once; later times follow the loop's clock
   */
  public FrameObserver observer(String name, DeviceCapabilities capabilities, Ticker ticker, InstantSource date) {
    Checks.given("date of the observer", date);
    return add(Checks.text("name", name), Checks.given("capabilities", capabilities), Checks.given("ticker", ticker),
        wallClock == null ? null : date);
  }

  private synchronized FrameObserver add(
      String name, DeviceCapabilities capabilities, Ticker ticker, @Nullable InstantSource date) {
    if (writing != null) {
      throw new IllegalStateException("the capture is closed");
    }
    Interface added = new Interface(interfaces.size(), ticker, date);
    interfaces.add(added);
    // Under the lock, because interfaces are numbered by the order of their blocks.
    sink.put(PcapngBlocks.interfaceDescription(name, capabilities.medium(), capabilities.macAddress()));
    return added;
  }

  /**
   * Returns the observer for captures of single connections: all packets that it observes are recorded under one
   * further interface of bare packets, the same for each call with {@code ticker}. After the capture is closed, it
   * ignores packets.
   *
   * @param ticker the clock of the loop that calls the observer
   */
  public synchronized FrameObserver packets(Ticker ticker) {
    FrameObserver known = packets.get(Checks.given("ticker", ticker));
    if (known != null || writing != null) {
      return known != null ? known : (direction, frame, nanos) -> {};
    }
    FrameObserver added = observer(PACKETS, DeviceCapabilities.ip(LONGEST_PACKET), ticker);
    packets.put(ticker, added);
    return added;
  }

  /** The number of frames that were left out because the sink was too slow, hung or failed. */
  public synchronized long missing() {
    return interfaces.stream().mapToLong(i -> i.missing.sum()).sum() + sink.lost();
  }

  /**
   * Finishes the capture: writes the queued frames and closes the stream. Later frames are left out.
   *
   * <p>Completes when everything is written; fails with an {@link UncheckedIOException} if a write has failed. If the
   * stream hangs, it never completes; {@link #close} has a time limit, and other callers should set one too. A later
   * call completes when the first one has ended, and does not report a failure again.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the writing thread. <b>Cancellation:</b> does not stop the writing of queued frames.
   */
  public Mono<Void> finish() {
    return Mono.defer(this::end);
  }

  /** Ends the capture once. Later calls wait for the same end, and do not report its failure again. */
  private synchronized Mono<Void> end() {
    if (writing != null) {
      return writing.onErrorComplete();
    }
    for (Interface each : interfaces) {
      each.open = false;
      sink.put(each.statistics());
    }
    writing = sink.close().cache();
    return writing;
  }

  /**
   * Finishes the capture as {@link #finish} does, and blocks until that is done, for at most ten seconds; frames that
   * the stream has not taken by then are discarded. Do not call it on an event loop.
   *
   * @throws UncheckedIOException if the stream failed or did not take everything in time
   * @throws IllegalStateException if the calling thread must not block; the capture is finished nevertheless
   */
  @Override
  public void close() {
    close(CLOSE_LIMIT);
  }

  void close(Duration limit) {
    CompletableFuture<@Nullable Void> end = finish().toFuture();
    if (Schedulers.isInNonBlockingThread() && !end.isDone()) {
      throw new IllegalStateException("close() blocks, which the thread " + Thread.currentThread().getName()
          + " must not do: use finish()");
    }
    try {
      end.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      IOException cause = new IOException("the capture's stream did not take all data within " + limit, e);
      sink.abandon(cause);
      throw new UncheckedIOException(cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      sink.abandon(new InterruptedIOException("interrupted while the capture was being written"));
      throw new UncheckedIOException(new InterruptedIOException("interrupted while the capture was being written"));
    } catch (ExecutionException e) {
      throw e.getCause() instanceof UncheckedIOException failed ? failed : new IllegalStateException(e.getCause());
    }
  }

  /** One interface of the file; observes its frames. */
  private final class Interface implements FrameObserver {

    private final int id;
    private final Ticker ticker;
    private final long epochOffset;
    private final LongAdder packets = new LongAdder();
    private final LongAdder missing = new LongAdder();
    private volatile boolean open = true;

    Interface(int id, Ticker ticker, @Nullable InstantSource date) {
      this.id = id;
      this.ticker = ticker;
      this.epochOffset = date == null ? 0 : nanosSinceEpoch(date.instant()) - ticker.nanoTime();
    }

    private static long nanosSinceEpoch(Instant instant) {
      return Duration.between(Instant.EPOCH, instant).toNanos();
    }

    @Override
    public void onFrame(Direction direction, Frame frame, long nanos) {
      if (!open) {
        return;
      }
      packets.increment();
      if (!sink.offer(PcapngBlocks.enhancedPacket(id, epochOffset + nanos, direction, frame.payload()))) {
        missing.increment();
      }
    }

    byte[] statistics() {
      return PcapngBlocks.interfaceStatistics(id, epochOffset + ticker.nanoTime(), packets.sum(), missing.sum());
    }
  }
}
