package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import java.time.Duration;

/**
 * A rule that decides what happens to the frames on a wire: one of {@link Effects} or your own.
 *
 * <pre>{@code
 * Effect dropLong = (frame, now) -> frame.payload().readableBytes() > 1000 ? Verdict.drop("STORM") : Verdict.pass();
 * try (Scope storm = wire.with(dropLong)) {
 *   lab.await(client.placeOrder());
 * }
 * }</pre>
 *
 * <p>Frames meet the effects of a direction when they enter it, in the order in which the effects were added, and its
 * {@link Impairment} after them. An effect is called on the lab's thread. If it throws, the frame is dropped and
 * counted as {@code NAME_FAILED}.
 *
 * <p><b>Buffer ownership:</b> the frame is lent for the call; its bytes must not be changed, since the sender may need
 * them for a retransmission. An effect that damages a frame replaces it by a changed copy.
 */
@FunctionalInterface
public interface Effect {

  /**
   * Decides about a frame.
   *
   * @param frame a frame that enters the wire, as {@link Plug#observe} shows it
   * @param now time since the world began
   */
  Verdict judge(Frame frame, Duration now);

  /**
   * Like {@link #judge(Frame, Duration)}, for effects that need their passage. An effect that is added to both directions
   * of a wire has a passage in each.
   */
  default Verdict judge(Frame frame, Duration now, Passage passage) {
    return judge(frame, now);
  }

  /** The name under which counters and decisions list what the effect does. */
  default String name() {
    return "EFFECT";
  }

  /** Returns this effect under another name. */
  default Effect named(String name) {
    return new RenamedEffect(this, name);
  }
}
