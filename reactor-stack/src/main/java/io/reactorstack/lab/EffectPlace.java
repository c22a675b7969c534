package io.reactorstack.lab;

import io.netty.util.concurrent.ScheduledFuture;
import io.reactorstack.device.Frame;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An effect in one direction, and the frames that it holds back. The wire still owns these frames. Confined to the
 * loop.
 */
final class EffectPlace implements Passage {

  /** A frame that is held back, and the time since when. */
  private record Held(Frame frame, long number, long since) {}

  private final Direction direction;
  private final Effect effect;
  private final long order;
  private final boolean toRight;
  private final List<Held> held = new ArrayList<>();
  private final List<ScheduledFuture<?>> timers = new ArrayList<>();
  private @Nullable RandomGenerator random;
  private boolean ended;

  /**
   * Creates a place.
   *
   * @param order the position among the places of a direction
   */
  EffectPlace(Direction direction, Effect effect, long order, boolean toRight) {
    this.direction = direction;
    this.effect = effect;
    this.order = order;
    this.toRight = toRight;
  }

  Effect effect() {
    return effect;
  }

  long order() {
    return order;
  }

  boolean isEnded() { return ended; }

  int held() {
    return held.size();
  }

  void hold(Frame frame, long number, long now) {
    held.add(new Held(frame, number, now));
  }

  /** Passes all held frames to {@code taker} and forgets them. */
  void clear(Consumer<Frame> taker) {
    List<Held> all = List.copyOf(held);
    held.clear();
    all.forEach(each -> taker.accept(each.frame));
  }

  /** Cancels the timers and lets the held frames continue. */
  void end() {
    ended = true;
    timers.forEach(timer -> timer.cancel(false));
    timers.clear();
    List<Held> all = List.copyOf(held);
    held.clear();
    all.forEach(each -> direction.release(this, each.frame, each.number, each.since));
  }

  @Override
  public boolean isToRight() { return toRight; }

  @Override
  public Duration now() {
    return direction.elapsed();
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // identity is meant: frames with equal bytes are still different frames
  public boolean holds(Frame frame) {
    return held.stream().anyMatch(each -> each.frame == frame);
  }

  @Override
  public boolean forward(Frame frame) {
    Held found = remove(frame);
    if (found == null) {
      return false;
    }
    direction.release(this, found.frame, found.number, found.since);
    return true;
  }

  @Override
  public boolean drop(Frame frame, String cause) {
    Held found = remove(frame);
    if (found == null) {
      return false;
    }
    direction.discard(found.frame, found.number, Checks.text("cause", cause));
    return true;
  }

  @SuppressWarnings("ReferenceEquality") // identity is meant: frames with equal bytes are still different frames
  private @Nullable Held remove(Frame frame) {
    // The frame is usually the first one.
    for (Iterator<Held> all = held.iterator(); all.hasNext();) {
      Held each = all.next();
      if (each.frame == frame) {
        all.remove();
        return each;
      }
    }
    return null;
  }

  @Override
  public void later(Duration wait, Runnable action) {
    Checks.zeroOrMore("wait", wait);
    Checks.given("action", action);
    if (ended) {
      return;
    }
    timers.removeIf(ScheduledFuture::isDone);
    timers.add(direction.loop().schedule(action, wait.toNanos(), TimeUnit.NANOSECONDS));
  }

  @Override
  public RandomGenerator random() {
    if (random == null) {
      random = direction.seeds().random(direction.name() + "/" + effect.name());
    }
    return random;
  }
}
