package io.reactorstack.netty;

import io.netty.channel.Channel;
import java.util.function.BooleanSupplier;

/**
 * The pending read of a channel: it remembers that the pipeline has called {@code read()} and was not served yet. The
 * socket notifies the channel of new data only, so if data is available when the pipeline calls {@code read()}, a task
 * reads it. Confined to the event loop.
 */
final class ReadDemand {

  private final Channel channel;
  private final BooleanSupplier news;
  private final Runnable read;
  private final Runnable task = this::runTask;
  private boolean pending;
  private boolean reading;
  private boolean scheduled;

  /**
   * Creates the demand of {@code channel}.
   *
   * @param news returns whether there is something to read
   * @param read reads it
   */
  ReadDemand(Channel channel, BooleanSupplier news, Runnable read) {
    this.channel = channel;
    this.news = news;
    this.read = read;
  }

  /** Called when the pipeline requests a read. */
  void request() {
    pending = true;
    schedule();
  }

  /** Clears the pending read: it was cancelled or is being served. */
  void clear() {
    pending = false;
  }

  /** Returns whether a read is pending and no read is in progress. */
  boolean isOpen() { return pending && !reading; }

  /** Runs a read; a read that the pipeline requests meanwhile waits until {@code messages} has returned. */
  void reading(Runnable messages) {
    reading = true;
    try {
      messages.run();
    } finally {
      reading = false;
    }
  }

  /**
   * Schedules the pending read if there is something to read; also called after a read, because the pipeline may have
   * requested the next one.
   */
  void schedule() {
    if (isOpen() && !scheduled && news.getAsBoolean()) {
      channel.eventLoop().execute(task);
      scheduled = true;
    }
  }

  private void runTask() {
    scheduled = false;
    read.run();
  }
}
