package io.reactorstack.netty;

import io.netty.channel.Channel;
import java.util.function.BooleanSupplier;

/**
 * The read that a pipeline has asked for and not yet got. What lies beneath a channel tells of news only: what is there
 * already when a read is asked for, is read in a task. Belongs to the event loop.
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
   * The demand of {@code channel}.
   *
   * @param news whether there is something to read
   * @param read reads it
   */
  ReadDemand(Channel channel, BooleanSupplier news, Runnable read) {
    this.channel = channel;
    this.news = news;
    this.read = read;
  }

  /** The pipeline asks for a read. */
  void request() {
    pending = true;
    schedule();
  }

  /** The read is not wanted any more, or is being served. */
  void clear() {
    pending = false;
  }

  /** Whether a read is wanted, and nobody is reading already. */
  boolean isOpen() { return pending && !reading; }

  /** Reads: what the pipeline asks for meanwhile waits until {@code messages} has returned. */
  void reading(Runnable messages) {
    reading = true;
    try {
      messages.run();
    } finally {
      reading = false;
    }
  }

  /** To be called after a read too: the pipeline may have asked for the next one. */
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
