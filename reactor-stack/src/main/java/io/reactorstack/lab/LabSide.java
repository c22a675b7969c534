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
 * The border between a host, or something else that is plugged in, and the wires of its lab: what crosses it runs for the other side
 * from then on. Confined to the loop.
 */
final class LabSide {

  private final Lives lives;
  private final IoEventLoop neutral;
  private final @Nullable Life life;
  private final @Nullable ByteBufAllocator memory;

  private LabSide(Lives lives, IoEventLoop neutral, @Nullable Life life, @Nullable ByteBufAllocator memory) {
    this.lives = lives;
    this.neutral = neutral;
    this.life = life;
    this.memory = memory;
  }

  /**
   * The border of what runs on {@code loop}.
   *
   * @param memory what frames that come in are copied to; {@code null} if they stay where they are
   */
  static LabSide of(Lab lab, IoEventLoop loop, @Nullable ByteBufAllocator memory) {
    return new LabSide(lab.lives(), lab.neutralLoop(), loop instanceof LifeLoop own ? own.life() : null, memory);
  }

  /** Time of the world. */
  long nanoTime() {
    return neutral.ticker().nanoTime();
  }

  /** Whether the host may take something now. */
  boolean runs() {
    return life == null || !life.isPaused() && !life.isEnded();
  }

  /** Runs {@code action} as the host's. */
  void inHost(Runnable action) {
    within(life, action);
  }

  /** Runs {@code action} as nobody's. */
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

  /** The frame in the host's own memory; takes {@code frame} and its buffer. */
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
