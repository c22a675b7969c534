package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The times at which waiting frames leave together, as on media that aggregate frames (Wi-Fi, cable, LTE): netem's
 * {@code slot}.
 *
 * <p>A frame that is due waits for the next slot. The time between slots is drawn anew for each: uniformly from
 * {@code least} to {@code most}, or {@code delay} with {@code jitter} if a {@code distribution} is set. A frame that is
 * due when no slot is pending waits for such a time as well.
 *
 * @param delay the shortest time between two slots, or the mean with a distribution other than
 *     {@link Distribution#ADDED}
 * @param jitter the variation of that time, which the distribution interprets
 * @param distribution the distribution of these times; {@link Distribution#ADDED} for uniform above {@code delay}
 * @param packets maximum number of frames in a slot; 0 for no limit
 * @param bytes number of bytes after which a slot is closed; 0 for no limit
 */
public record Slots(Duration delay, Duration jitter, Distribution distribution, int packets, int bytes) {

  /** No slots: frames leave when they are due. */
  public static final Slots NONE = new Slots(Duration.ZERO, Duration.ZERO, Distribution.ADDED, 0, 0);

  /** Checks the ranges. */
  public Slots {
    Checks.zeroOrMore("slot delay", delay);
    Checks.zeroOrMore("slot jitter", jitter);
    Checks.given("slot distribution", distribution);
    Checks.range("slot packets", packets, 0, Integer.MAX_VALUE, "frames, 0 for no limit");
    Checks.range("slot bytes", bytes, 0, Integer.MAX_VALUE, "bytes, 0 for no limit");
  }

  /**
   * Returns slots for any number of frames, with a time between them that is uniform from {@code least} to
   * {@code most}.
   *
   * @throws IllegalArgumentException if {@code most} is shorter than {@code least}
   */
  public static Slots between(Duration least, Duration most) {
    Checks.zeroOrMore("slots between least", least);
    Checks.range("slots between most", most, least, Checks.LONGEST);
    return new Slots(least, most.minus(least), Distribution.ADDED, 0, 0);
  }

  /** Returns a copy with at most {@code most} frames in a slot; 0 for no limit. */
  public Slots packets(int most) {
    return new Slots(delay, jitter, distribution, most, bytes);
  }

  /** Returns a copy whose slots close after {@code most} bytes; 0 for no limit. */
  public Slots bytes(int most) {
    return new Slots(delay, jitter, distribution, packets, most);
  }

  /** Returns whether frames leave when they are due. */
  public boolean isNone() {
    return delay.isZero() && jitter.isZero();
  }

  @Override
  public String toString() {
    String limits = (packets == 0 ? "" : " packets " + packets) + (bytes == 0 ? "" : " bytes " + bytes);
    return (distribution.equals(Distribution.ADDED)
        ? NetemText.time(delay) + (jitter.isZero() ? "" : " " + NetemText.time(delay.plus(jitter)))
        : "distribution " + distribution + " " + NetemText.time(delay) + " " + NetemText.time(jitter)) + limits;
  }
}
