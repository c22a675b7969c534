package io.reactorstack.device;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;

/** Where the blocks of a capture go. */
sealed interface BlockSink {

  /** Takes a packet's block, or says that there is no room for it; never blocks. From any thread. */
  boolean offer(byte[] block);

  /** Takes a block without which the file makes no sense. */
  void put(byte[] block);

  /** Writes out what was taken and closes the stream; completes when that is done, errs if any of it failed. */
  Mono<Void> close();

  /** Writes on the calling thread: right for a stream that never blocks, such as one into memory. */
  final class Direct implements BlockSink {

    private final OutputStream out;

    Direct(OutputStream out) {
      this.out = out;
    }

    @Override
    public boolean offer(byte[] block) {
      put(block);
      return true;
    }

    @Override
    public synchronized void put(byte[] block) {
      try {
        out.write(block);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Mono<Void> close() {
      return Mono.fromCallable(() -> {
        out.close();
        return null;
      });
    }
  }

  /**
   * Writes on a thread that may block, from a queue of limited size.
   *
   * <p>The queue is emptied by one run of the worker at a time: whoever finds it idle starts the next.
   */
  final class Background implements BlockSink {

    private static final int BUFFER_BYTES = 1 << 16;
    /** No block is empty. */
    private static final byte[] END = {};

    private final Queue<byte[]> queue = Queues.<byte[]>unboundedMultiproducer().get();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicInteger work = new AtomicInteger();
    private final long maxQueuedBytes;
    private final OutputStream out;
    private final Scheduler.Worker worker;
    private final Sinks.Empty<Void> closed = Sinks.empty();
    private volatile boolean ended;
    /** Touched by the worker only. */
    private @Nullable IOException failure;

    Background(OutputStream out, Scheduler scheduler, long maxQueuedBytes) {
      this.out = new BufferedOutputStream(out, BUFFER_BYTES);
      this.worker = scheduler.createWorker();
      this.maxQueuedBytes = maxQueuedBytes;
    }

    @Override
    public boolean offer(byte[] block) {
      if (ended || queuedBytes.get() + block.length > maxQueuedBytes) {
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
    public Mono<Void> close() {
      return Mono.defer(() -> {
        enqueue(END);
        return closed.asMono();
      });
    }

    private void enqueue(byte[] block) {
      queue.offer(block);
      if (work.getAndIncrement() == 0) {
        worker.schedule(this::drain);
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
          out.write(block);
        }
      } catch (IOException e) {
        failure = e;
      }
    }

    /** Nothing waits: who follows the file as it grows shall see all of it. */
    private void flush() {
      try {
        if (failure == null && !ended) {
          out.flush();
        }
      } catch (IOException e) {
        failure = e;
      }
    }

    private void end() {
      ended = true;
      try {
        out.close();
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
      if (failure == null) {
        closed.tryEmitEmpty();
      } else {
        closed.tryEmitError(new UncheckedIOException(failure));
      }
      worker.dispose();
    }
  }
}
