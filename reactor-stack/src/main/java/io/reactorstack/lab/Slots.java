package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The moments at which frames leave, all together, as on media that gather them (Wi-Fi, cable, LTE): netem's {@code slot}.
 *
 * <p>A frame that is due waits for the next slot. The time between slots is drawn anew for each: evenly from {@code least}
 * to {@code most}, or {@code delay} with {@code jitter} if a {@code distribution} is given. A frame that comes when no slot
 * is pending waits for such a time as well.
 *
 * @param delay least time between two slots, or its mean with a distribution other than {@link Distribution#ADDED}
 * @param jitter what is added to the delay, as the distribution says
 * @param distribution how the times scatter; {@link Distribution#ADDED} for evenly above {@code delay}
 * @param packets most frames of a slot; 0 for no limit
 * @param bytes most bytes of a slot, after which it is closed; 0 for no limit
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
   * Slots of which the time between two is evenly from {@code least} to {@code most}, for any number of frames.
   *
   * @throws IllegalArgumentException if {@code most} is the smaller one
   */
  public static Slots between(Duration least, Duration most) {
    Checks.zeroOrMore("slots between least", least);
    Checks.range("slots between most", most, least, Checks.LONGEST);
    return new Slots(least, most.minus(least), Distribution.ADDED, 0, 0);
  }

  /** These slots, each of at most {@code most} frames; 0 for no limit. */
  public Slots packets(int most) {
    return new Slots(delay, jitter, distribution, most, bytes);
  }

  /** These slots, each of at most about {@code most} bytes; 0 for no limit. */
  public Slots bytes(int most) {
    return new Slots(delay, jitter, distribution, packets, most);
  }

  /** Whether frames leave when they are due. */
  public boolean isNone() { return delay.isZero() && jitter.isZero(); }

  @Override
  public String toString() {
    String limits = (packets == 0 ? "" : " packets " + packets) + (bytes == 0 ? "" : " bytes " + bytes);
    return (distribution.equals(Distribution.ADDED)
        ? NetemText.time(delay) + (jitter.isZero() ? "" : " " + NetemText.time(delay.plus(jitter)))
        : "distribution " + distribution + " " + NetemText.time(delay) + " " + NetemText.time(jitter)) + limits;
  }
}
