package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * An effect under a name chosen by the user.
 *
 * @param effect the effect to apply
 * @param name its new name
 */
record RenamedEffect(Effect effect, String name) implements Effect {

  RenamedEffect {
    Checks.text("named name", name);
  }

  @Override
  public Verdict judge(Frame frame, Duration now) {
    return renamed(effect.judge(frame, now));
  }

  @Override
  public Verdict judge(Frame frame, Duration now, Passage passage) {
    return renamed(effect.judge(frame, now, passage));
  }

  /** Counts a drop under the new name if the effect counts it under its own. */
  private Verdict renamed(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Drop(String cause) when cause.equals(effect.name()) -> Verdict.drop(name);
      case Verdict.Answer(Verdict then, var frames) -> new Verdict.Answer(renamed(then), frames);
      default -> verdict;
    };
  }
}
