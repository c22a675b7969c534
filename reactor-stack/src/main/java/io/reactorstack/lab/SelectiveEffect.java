package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import java.time.Duration;
import java.util.function.Predicate;

/** Applies an effect only to some frames: those of a kind, or the n-th of them. */
final class SelectiveEffect implements Effect {

  private final Predicate<Frame> kind;
  private final Effect effect;
  private final int nth;
  private int seen;

  /**
   * Creates the selection.
   *
   * @param nth the frame of the kind, counted from 1; 0 for all
   */
  SelectiveEffect(Predicate<Frame> kind, Effect effect, int nth) {
    this.kind = kind;
    this.effect = effect;
    this.nth = nth;
  }

  @Override
  public Verdict judge(Frame frame, Duration now) {
    return isMeant(frame) ? effect.judge(frame, now) : Verdict.pass();
  }

  @Override
  public Verdict judge(Frame frame, Duration now, Passage passage) {
    return isMeant(frame) ? effect.judge(frame, now, passage) : Verdict.pass();
  }

  private boolean isMeant(Frame frame) {
    // The count stops at nth, so it cannot overflow.
    return (nth == 0 || seen < nth) && kind.test(frame) && (nth == 0 || ++seen == nth);
  }

  @Override
  public String name() {
    return effect.name();
  }
}
