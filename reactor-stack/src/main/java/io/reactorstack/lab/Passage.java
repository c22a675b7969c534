package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * An effect's place in one direction of a wire. Through it the effect releases the frames that it holds. All methods
 * must be called on the lab's thread.
 */
public interface Passage {

  /** Returns whether this is the direction to the right. */
  boolean isToRight();

  /** Time since the world began. */
  Duration now();

  /**
   * Returns whether the effect still holds {@code frame}: false after it was forwarded or dropped, or the wire was cut.
   */
  boolean holds(Frame frame);

  /**
   * Lets a frame pass for which the effect's verdict was {@link Verdict#hold}.
   *
   * @return false if the frame is no longer held, since the wire was cut or the effect removed meanwhile
   */
  boolean forward(Frame held);

  /**
   * Drops a frame for which the effect's verdict was {@link Verdict#hold}, and counts it under {@code cause}.
   *
   * @return false if the frame is no longer held, since the wire was cut or the effect removed meanwhile
   */
  boolean drop(Frame held, String cause);

  /** Runs {@code action} after {@code wait} on the world's clock, unless the effect has been removed by then. */
  void later(Duration wait, Runnable action);

  /** The random numbers of this place. They depend only on the seed, the wire, the direction and the effect's name. */
  RandomGenerator random();
}
