package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.reactorstack.device.Frame;
import io.reactorstack.lab.world.Life;
import io.reactorstack.lab.world.LifeLoop;
import io.reactorstack.lab.world.Lives;
import org.jspecify.annotations.Nullable;

/**
 * The border between a host, or another device that is plugged in, and the wires of its lab. Code that crosses it runs
 * on behalf of the other side. Confined to the loop.
 */
final class HostBorder {

  private final Lives lives;
  private final IoEventLoop neutral;
  private final @Nullable Life life;
  private final @Nullable ByteBufAllocator memory;

  private HostBorder(Lives lives, IoEventLoop neutral, @Nullable Life life, @Nullable ByteBufAllocator memory) {
    this.lives = lives;
    this.neutral = neutral;
    this.life = life;
    this.memory = memory;
  }

  /**
   * Returns the border of the host, or other device, that runs on {@code loop}.
   *
   * @param memory the allocator for copies of the frames that come in; {@code null} to pass the frames themselves
   */
  static HostBorder of(Lab lab, IoEventLoop loop, @Nullable ByteBufAllocator memory) {
    return new HostBorder(lab.lives(), lab.neutralLoop(), loop instanceof LifeLoop own ? own.life() : null, memory);
  }

  /** The world's time, in nanoseconds. */
  long nanoTime() {
    return neutral.ticker().nanoTime();
  }

  /** Returns whether the host can take a frame at this moment: it is neither paused nor ended. */
  boolean runs() {
    return life == null || !life.isPaused() && !life.isEnded();
  }

  /** Runs {@code action} on behalf of the host. */
  void inHost(Runnable action) {
    within(life, action);
  }

  /** Runs {@code action} on behalf of no host. */
  void outsideHost(Runnable action) {
    within(null, action);
  }

  private void within(@Nullable Life owner, Runnable action) {
    Life before = lives.enter(owner);
    try {
      action.run();
    } finally {
      lives.leave(before);
    }
  }

  /**
   * Returns the frame copied into the host's own memory, or the frame itself if the host has none; takes over
   * {@code frame}.
   */
  Frame intoMemory(Frame frame) {
    if (memory == null) {
      return frame;
    }
    try {
      ByteBuf payload = frame.payload();
      ByteBuf copy = memory.buffer(payload.readableBytes());
      return new Frame(copy.writeBytes(payload, payload.readerIndex(), payload.readableBytes()), frame.facts());
    } finally {
      frame.release();
    }
  }
}
