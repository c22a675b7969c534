package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * What one direction of a wire does to frames; immutable, each method returns a changed copy.
 *
 * <p>A frame first passes the bottleneck (rate and queue), then may be lost, duplicated, corrupted, and at last is
 * delayed. Each kind of chance draws from a stream of its own, so that adding one does not change the others.
 *
 * @param delay propagation delay; zero to 365 d, as the other times
 * @param jitter most that is added to the delay, evenly distributed; frames keep their order
 * @param bitsPerSecond rate of the bottleneck, to 10<sup>12</sup>; 0 if there is none
 * @param queueBytes bytes that wait for the bottleneck, the frame in service included; what does not fit is dropped
 * @param loss probability with which a frame is lost
 * @param reordering which frames are held back, so that later ones overtake them
 * @param duplicate probability with which a frame arrives twice
 * @param corrupt probability with which one bit of a frame is flipped
 */
public record Impairment(
    Duration delay,
    Duration jitter,
    long bitsPerSecond,
    int queueBytes,
    double loss,
    Reordering reordering,
    double duplicate,
    double corrupt) {

  /**
   * Which frames are held back.
   *
   * @param probability with which a frame is, 0 to 1
   * @param by for how long; zero to 365 d
   */
  public record Reordering(double probability, Duration by) {

    /** Checks the ranges. */
    public Reordering {
      Checks.share("reorder probability", probability);
      Checks.zeroOrMore("reorder by", by);
    }
  }

  /** Queue of a bottleneck if nothing else is said, in bytes. */
  public static final int DEFAULT_QUEUE = 256 * 1024;

  /** Fastest bottleneck, in bits a second: a terabit. */
  private static final long MAX_RATE = 1_000_000_000_000L;

  private static final Impairment NONE = new Impairment(Duration.ZERO, Duration.ZERO, 0, DEFAULT_QUEUE, 0,
      new Reordering(0, Duration.ZERO), 0, 0);

  /** Checks the ranges. */
  public Impairment {
    Checks.zeroOrMore("delay", delay);
    Checks.zeroOrMore("jitter", jitter);
    Checks.range("rate", bitsPerSecond, 0, MAX_RATE, "bit/s, 0 for no bottleneck (bitsPerSecond)");
    Checks.range("queue", queueBytes, 0, Integer.MAX_VALUE, "bytes (queueBytes)");
    Checks.share("loss", loss);
    Checks.given("reordering", reordering);
    Checks.share("duplicate", duplicate);
    Checks.share("corrupt", corrupt);
  }

  /** A direction that delivers every frame at once. */
  public static Impairment none() {
    return NONE;
  }

  /** Delays every frame. */
  public Impairment delay(Duration time) {
    return new Impairment(
        time, jitter, bitsPerSecond, queueBytes, loss, reordering, duplicate, corrupt);
  }

  /** Adds a random time, up to {@code most}, to the delay of each frame; frames keep their order. */
  public Impairment jitter(Duration most) {
    return new Impairment(
        delay, most, bitsPerSecond, queueBytes, loss, reordering, duplicate, corrupt);
  }

  /** Makes the direction a bottleneck of {@code bits} per second. */
  public Impairment rate(long bits) {
    return new Impairment(delay, jitter, bits, queueBytes, loss, reordering, duplicate, corrupt);
  }

  /** Lets {@code bytes} wait for the bottleneck. */
  public Impairment queue(int bytes) {
    return new Impairment(
        delay, jitter, bitsPerSecond, bytes, loss, reordering, duplicate, corrupt);
  }

  /** Loses frames with this probability, 0 to 1. */
  public Impairment loss(double probability) {
    return new Impairment(
        delay, jitter, bitsPerSecond, queueBytes, probability, reordering, duplicate, corrupt);
  }

  /** Holds frames back by {@code by} with this probability, 0 to 1. */
  public Impairment reorder(double probability, Duration by) {
    return new Impairment(
        delay, jitter, bitsPerSecond, queueBytes, loss, new Reordering(probability, by), duplicate, corrupt);
  }

  /** Delivers frames twice with this probability, 0 to 1. */
  public Impairment duplicate(double probability) {
    return new Impairment(
        delay, jitter, bitsPerSecond, queueBytes, loss, reordering, probability, corrupt);
  }

  /** Flips one bit of a frame with this probability, 0 to 1. */
  public Impairment corrupt(double probability) {
    return new Impairment(
        delay, jitter, bitsPerSecond, queueBytes, loss, reordering, duplicate, probability);
  }
}
