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
 * A capture of the frames that cross any number of devices, as a pcapng file that Wireshark opens.
 *
 * <p>Frames are shown as they pass between the stack and the device. One whose checksum a device completes or vouches for
 * is shown with the field as it is there, which Wireshark may call wrong.
 */
public final class Capture implements AutoCloseable {

  private static final String PACKETS = "packets";
  private static final int LONGEST_PACKET = 65535;

  /** Frames that wait for the disk, in bytes; what does not fit is left out and counted. */
  private static final long MAX_WAITING_BYTES = 64L << 20;

  /** How long {@link #close} waits for the stream. */
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);

  private final BlockSink sink;
  /** The wall clock, or none if the loop's clock is to be shown as it is. */
  private final @Nullable InstantSource wallClock;
  private final List<Interface> interfaces = new ArrayList<>();
  private final Map<Ticker, FrameObserver> packets = new IdentityHashMap<>();
  private boolean closed;

  private Capture(BlockSink sink, @Nullable InstantSource wallClock) {
    this.sink = sink;
    this.wallClock = wallClock;
    sink.put(PcapngBlocks.sectionHeader());
  }

  /**
   * A capture into {@code file}, which is replaced if it exists; written by a thread of its own.
   *
   * <p>What is not a regular file, such as a named pipe whose reader may come later, is opened by that thread. What the file does
   * not take is left out and counted ({@link #missing}), and holds nobody up.
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
   * A capture into {@code out}, which may block; written by a thread of its own.
   *
   * @param wallClock asked once for each interface; from there on time goes by the loop's clock
   */
  public static Capture to(OutputStream out, InstantSource wallClock) {
    Checks.given("out", out);
    return onOwnThread(() -> out, Checks.given("wallClock", wallClock));
  }

  /**
   * A capture into {@code out}, which may block, and then blocks a thread of {@code scheduler}: one that others share should
   * not be given a stream that may hang.
   *
   * @param scheduler lends the thread that writes
   * @param wallClock asked once for each interface; from there on time goes by the loop's clock
   */
  public static Capture to(OutputStream out, Scheduler scheduler, InstantSource wallClock) {
    Checks.given("out", out);
    return new Capture(
        new BlockSink.Background(() -> out, Checks.given("scheduler", scheduler), () -> {}, MAX_WAITING_BYTES),
        Checks.given("wallClock", wallClock));
  }

  private static Capture onOwnThread(BlockSink.Background.Target target, InstantSource wallClock) {
    // A scheduled one: BlockHound knows that the lock of its queue is held for a few instructions only.
    Scheduler own = Schedulers.fromExecutorService(
        Executors.newSingleThreadScheduledExecutor(Capture::thread), "capture");
    return new Capture(new BlockSink.Background(target, own, own::dispose, MAX_WAITING_BYTES), wallClock);
  }

  /** A stream that hangs for ever must not keep the process from ending. */
  private static Thread thread(Runnable writer) {
    Thread thread = new Thread(writer, "capture");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * A capture in virtual time: the loop's clock is shown as time since 1970, and each frame is written at once, so that
   * equal runs give equal bytes.
   *
   * @param out must never block; a stream into memory
   */
  public static Capture inVirtualTime(OutputStream out) {
    return new Capture(new BlockSink.Direct(Checks.given("out", out)), null);
  }

  /** A factory that opens {@code device} and captures its frames as those of an interface called {@code name}. */
  public NetworkDevice.Factory around(NetworkDevice.Factory device, String name) {
    Checks.text("name", name);
    return new Decorated(Checks.given("device", device), (opened, loop) -> new ObservedDevice(
        opened, loop.ticker(), List.of(observer(name, opened.capabilities(), loop.ticker()))));
  }

  /**
   * An observer whose frames are those of a further interface, called {@code name}.
   *
   * @param ticker the clock of the device's loop
   * @throws IllegalStateException if the capture is closed
   */
  public FrameObserver observer(String name, DeviceCapabilities capabilities, Ticker ticker) {
    return add(Checks.text("name", name), Checks.given("capabilities", capabilities), Checks.given("ticker", ticker),
        wallClock);
  }

  /**
   * As {@link #observer(String, DeviceCapabilities, Ticker)}, for an interface in a world with a date of its own. A capture
   * {@linkplain #inVirtualTime in virtual time} shows the loop's clock all the same.
   *
   * @param date asked once; from there on time goes by the loop's clock
   */
  public FrameObserver observer(String name, DeviceCapabilities capabilities, Ticker ticker, InstantSource date) {
    Checks.given("date of the observer", date);
    return add(Checks.text("name", name), Checks.given("capabilities", capabilities), Checks.given("ticker", ticker),
        wallClock == null ? null : date);
  }

  private synchronized FrameObserver add(
      String name, DeviceCapabilities capabilities, Ticker ticker, @Nullable InstantSource date) {
    if (closed) {
      throw new IllegalStateException("the capture is closed");
    }
    Interface added = new Interface(interfaces.size(), ticker, date);
    interfaces.add(added);
    // Under the lock, since interfaces are numbered by the order of their blocks.
    sink.put(PcapngBlocks.interfaceDescription(name, capabilities.medium(), capabilities.macAddress()));
    return added;
  }

  /**
   * The observer of single flows: the packets of all that are shown to it are those of one further interface of bare packets,
   * the same for each call with {@code ticker}. A closed capture leaves them out.
   *
   * @param ticker the clock of the loop that shows them
   */
  public synchronized FrameObserver packets(Ticker ticker) {
    FrameObserver known = packets.get(Checks.given("ticker", ticker));
    if (known != null || closed) {
      return known != null ? known : (direction, frame, nanos) -> {};
    }
    FrameObserver added = observer(PACKETS, DeviceCapabilities.ip(LONGEST_PACKET), ticker);
    packets.put(ticker, added);
    return added;
  }

  /** Frames that were left out because the sink was too slow, hung or failed. */
  public synchronized long missing() {
    return interfaces.stream().mapToLong(i -> i.missing.sum()).sum() + sink.lost();
  }

  /**
   * Ends the capture: what waits is written and the stream is closed. Frames that come later are left out.
   *
   * <p>Completes when all is written; errs with an {@link UncheckedIOException} if any of it could not be. Into a stream that
   * hangs it never completes: {@link #close} has a limit, and so should who waits for this. Who finishes it once more is not
   * told again: that completes at once.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on any
   * thread; completes on the thread that writes. <b>Cancellation:</b> what waits is written all the same.
   */
  public Mono<Void> finish() {
    return Mono.defer(() -> end() ? sink.close() : Mono.empty());
  }

  private synchronized boolean end() {
    if (closed) {
      return false;
    }
    closed = true;
    for (Interface each : interfaces) {
      each.open = false;
      sink.put(each.statistics());
    }
    return true;
  }

  /**
   * Does as {@link #finish} does and waits for it, ten seconds at most; what the stream has not taken by then is given up. Not
   * on an event loop.
   *
   * @throws UncheckedIOException if any of it could not be written
   * @throws IllegalStateException if the calling thread must not block; the capture ends all the same
   */
  @Override
  public void close() {
    close(CLOSE_LIMIT);
  }

  void close(Duration limit) {
    CompletableFuture<@Nullable Void> end = finish().toFuture();
    if (Schedulers.isInNonBlockingThread() && !end.isDone()) {
      throw new IllegalStateException("a capture is closed by blocking, which " + Thread.currentThread().getName()
          + " must not do: use finish()");
    }
    try {
      end.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      IOException cause = new IOException("the capture's stream did not take all within " + limit, e);
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

  /** One interface of the file. */
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
