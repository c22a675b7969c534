package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** An effect's place in one direction of a wire: where it continues with frames that it held. All on the lab's thread. */
public interface Passage {

  /** Whether this is the direction to the right. */
  boolean isToRight();

  /** Time since the world began. */
  Duration now();

  /** Whether {@code frame} is one that the effect holds: not if it went on, was dropped, or the wire was cut meanwhile. */
  boolean holds(Frame frame);

  /**
   * Lets a frame pass for which the effect's verdict was {@link Verdict#hold}.
   *
   * @return false if it is no longer there, since the wire was cut or the effect removed meanwhile
   */
  boolean forward(Frame held);

  /**
   * Drops a frame for which the effect's verdict was {@link Verdict#hold}, and counts it under {@code cause}.
   *
   * @return false if it is no longer there, since the wire was cut or the effect removed meanwhile
   */
  boolean drop(Frame held, String cause);

  /** Runs {@code action} after {@code wait} on the world's clock, unless the effect has been removed by then. */
  void later(Duration wait, Runnable action);

  /** The stream of random numbers of this place; it depends on the seed, the wire, the direction and the effect's name only. */
  RandomGenerator random();
}
