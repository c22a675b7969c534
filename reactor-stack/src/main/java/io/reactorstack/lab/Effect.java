package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import java.time.Duration;

/**
 * Something that happens to the frames on a wire: yours, or one of {@link Effects}.
 *
 * <pre>{@code
 * try (Scope storm = wire.with((frame, now) -> frame.payload().readableBytes() > 1000 ? Verdict.drop("STORM") : Verdict.pass())) {
 *   lab.await(client.placeOrder());
 * }
 * }</pre>
 *
 * <p>Frames meet the effects of a direction at its beginning, in the order in which these were added, and its
 * {@link Impairment} after them. An effect is called on the lab's thread. One that fails with an exception loses the frame,
 * which is counted as {@code NAME_FAILED}.
 *
 * <p><b>Buffer ownership:</b> the frame is lent for the call; its bytes must not be changed, since the sender may need them for a
 * retransmission. An effect that damages a frame replaces it by a changed copy.
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
   * As {@link #judge(Frame, Duration)}, for effects that need to know the place: one that is added to both directions of a
   * wire has a passage in each.
   */
  default Verdict judge(Frame frame, Duration now, Passage passage) {
    return judge(frame, now);
  }

  /** The name under which counters and decisions show what the effect does. */
  default String name() {
    return "EFFECT";
  }

  /** This effect under another name. */
  default Effect named(String name) {
    return new RenamedEffect(this, name);
  }
}
