package io.reactorstack.device;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/** Where the blocks of a capture go. */
sealed interface BlockSink {

  /** Takes a packet's block, or says that there is no room for it; never blocks. From any thread. */
  boolean offer(byte[] block);

  /** Takes a block without which the file makes no sense. */
  void put(byte[] block);

  /** Packets' blocks that were taken and could not be written after all. */
  long lost();

  /** Writes out what was taken and closes the stream; completes when that is done, errs if any of it failed. */
  Mono<Void> close();

  /** Gives up: nothing more is written, and what waits is lost; {@link #close} fails with {@code cause}. */
  void abandon(IOException cause);

  /** Writes on the calling thread: right for a stream that never blocks, such as one into memory. */
  final class Direct implements BlockSink {

    private final OutputStream out;
    private @Nullable IOException failure;

    Direct(OutputStream out) {
      this.out = out;
    }

    @Override
    public synchronized boolean offer(byte[] block) {
      put(block);
      return failure == null;
    }

    /** After a failure nothing more is written, as from a queue. */
    @Override
    public synchronized void put(byte[] block) {
      if (failure != null) {
        return;
      }
      try {
        out.write(block);
      } catch (IOException e) {
        failure = e;
      }
    }

    @Override
    public long lost() {
      return 0;
    }

    @Override
    public Mono<Void> close() {
      return Mono.fromCallable(() -> {
        end();
        return null;
      });
    }

    private synchronized void end() {
      try {
        out.close();
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
      if (failure != null) {
        throw new UncheckedIOException(failure);
      }
    }

    @Override
    public void abandon(IOException cause) {
      // Nothing waits.
    }
  }

  /**
   * Writes on a thread that may block, from a queue of limited size.
   *
   * <p>The queue is emptied by one run of the worker at a time: whoever finds it idle starts the next. A stream that takes
   * nothing more holds that thread and what is in the queue, and nothing else, until {@link #abandon}.
   */
  final class Background implements BlockSink {

    private static final int BUFFER_BYTES = 1 << 16;
    /** No block is empty. */
    private static final byte[] END = {};

    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicInteger work = new AtomicInteger();
    private final LongAdder lost = new LongAdder();
    private final long maxQueuedBytes;
    private final Target target;
    private final Scheduler scheduler;
    private final Scheduler.Worker worker;
    private final Runnable onEnd;
    private final Sinks.Empty<Void> closed = Sinks.empty();
    /** Emptied by the worker, and by who abandons the sink while that is stuck in the stream. */
    private final Queue<byte[]> queue = new ConcurrentLinkedQueue<>();
    private volatile boolean ended;
    private volatile @Nullable IOException failure;
    /** Touched by the worker only; {@code null} until the first block is written. */
    private @Nullable OutputStream out;

    /** Opens a stream; may block, on the thread that writes. */
    @FunctionalInterface
    interface Target {
      OutputStream open() throws IOException;
    }

    /**
     * Writes to {@code target} on a thread of {@code scheduler}.
     *
     * @param onEnd called once, when nothing more will be written
     */
    Background(Target target, Scheduler scheduler, Runnable onEnd, long maxQueuedBytes) {
      this.target = target;
      this.scheduler = scheduler;
      this.worker = scheduler.createWorker();
      this.onEnd = onEnd;
      this.maxQueuedBytes = maxQueuedBytes;
    }

    @Override
    public boolean offer(byte[] block) {
      if (ended || failure != null || queuedBytes.get() + block.length > maxQueuedBytes) {
        return false;
      }
      put(block);
      return true;
    }

    @Override
    public void put(byte[] block) {
      queuedBytes.addAndGet(block.length);
      enqueue(block);
    }

    @Override
    public long lost() {
      return lost.sum();
    }

    @Override
    public Mono<Void> close() {
      return Mono.defer(() -> {
        enqueue(END);
        return closed.asMono();
      });
    }

    private void enqueue(byte[] block) {
      queue.offer(block);
      boolean gone = scheduler.isDisposed() && !ended;
      if (work.getAndIncrement() == 0 && !gone) {
        try {
          worker.schedule(this::drain);
        } catch (RejectedExecutionException e) {
          gone = true;
        }
      }
      if (gone) {
        // The scheduler that lent the thread has ended, perhaps before it ran what was asked for: nobody will write any more.
        abandon(new IOException("the capture's scheduler has ended"));
      }
    }

    @Override
    public void abandon(IOException cause) {
      failure = cause;
      ended = true;
      for (byte[] block = queue.poll(); block != null; block = queue.poll()) {
        queuedBytes.addAndGet(-block.length);
        countLost(block);
      }
      closed.tryEmitError(new UncheckedIOException(cause));
      // Interrupts a stream that can be interrupted.
      worker.dispose();
      onEnd.run();
    }

    private void countLost(byte[] block) {
      if (PcapngBlocks.isPacket(block)) {
        lost.increment();
      }
    }

    private void drain() {
      int done = work.get();
      do {
        for (byte[] block = queue.poll(); block != null; block = queue.poll()) {
          queuedBytes.addAndGet(-block.length);
          write(block);
        }
        flush();
        done = work.addAndGet(-done);
      } while (done != 0);
    }

    /** After a failure nothing more is written; what is missing is then missing at the end. */
    private void write(byte[] block) {
      try {
        if (block.length == 0) {
          end();
        } else if (failure == null && !ended) {
          open().write(block);
        } else {
          countLost(block);
        }
      } catch (IOException e) {
        failure = e;
        countLost(block);
      }
    }

    private OutputStream open() throws IOException {
      OutputStream opened = out;
      if (opened == null) {
        opened = new BufferedOutputStream(target.open(), BUFFER_BYTES);
        out = opened;
      }
      return opened;
    }

    /** Nothing waits: who follows the file as it grows shall see all of it. */
    private void flush() {
      OutputStream opened = out;
      try {
        if (opened != null && ended) {
          // Given up while this thread was in the stream, which nobody else could close.
          out = null;
          opened.close();
        } else if (opened != null && failure == null) {
          opened.flush();
        }
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
    }

    private void end() {
      if (ended) {
        return;
      }
      ended = true;
      try {
        open().close();
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
      IOException cause = failure;
      if (cause == null) {
        closed.tryEmitEmpty();
      } else {
        closed.tryEmitError(new UncheckedIOException(cause));
      }
      worker.dispose();
      onEnd.run();
    }
  }
}
