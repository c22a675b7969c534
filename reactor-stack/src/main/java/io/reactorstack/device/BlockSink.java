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

/** The output of a capture: writes pcapng blocks to a stream, directly or on a background thread. */
sealed interface BlockSink {

  /**
   * Accepts the block of a packet, or returns false if it cannot be written or queued; never blocks. May be called on
   * any thread.
   */
  boolean offer(byte[] block);

  /** Accepts a block that the file needs to be readable; such a block is queued beyond the limit. */
  void put(byte[] block);

  /** The number of packet blocks that were accepted but could not be written. */
  long lost();

  /** Writes the accepted blocks and closes the stream. Completes when that is done, and fails if a write has failed. */
  Mono<Void> close();

  /**
   * Abandons the output: nothing more is written, queued blocks are lost, and {@link #close} fails with {@code cause}.
   */
  void abandon(IOException cause);

  /** Writes on the calling thread; for streams that never block, such as a stream into memory. */
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

    /** After a failure nothing more is written, as in {@link Background}. */
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
      // Nothing is queued.
    }
  }

  /**
   * Writes blocks from a bounded queue on a thread that may block.
   *
   * <p>At most one run of the worker drains the queue at a time; the caller that finds the worker idle starts the next
   * run. A stream that blocks forever occupies that thread and the queued bytes, and nothing else, until
   * {@link #abandon} is called.
   */
  final class Background implements BlockSink {

    private static final int BUFFER_BYTES = 1 << 16;
    /** Marks the end of the queue; a real block is never empty. */
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
    /** Drained by the worker; {@link #abandon} also drains it, while the worker may be blocked in the stream. */
    private final Queue<byte[]> queue = new ConcurrentLinkedQueue<>();
    private volatile boolean ended;
    private volatile @Nullable IOException failure;
    /** Used by the worker only; {@code null} until the first block is written. */
    private @Nullable OutputStream out;

    /** Opens the stream, on the writing thread; may block. */
    @FunctionalInterface
    interface Target {
      OutputStream open() throws IOException;
    }

    /**
     * Creates a sink that writes to {@code target} on a thread of {@code scheduler}.
     *
     * @param onEnd called when nothing more will be written
     * @param maxQueuedBytes most bytes of packet blocks in the queue
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
        // The scheduler was disposed of, perhaps before it ran the scheduled task: no thread will drain the queue.
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
      // Interrupts the worker, if the stream responds to interrupts.
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

    /** After a failure nothing more is written: the file is cut off at its end and has no gap in the middle. */
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

    /** Called when the queue is empty, so that a program that follows the growing file sees all of it. */
    private void flush() {
      OutputStream opened = out;
      try {
        if (opened != null && ended) {
          // The sink was abandoned while this thread was blocked in the stream; only this thread can close it.
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
