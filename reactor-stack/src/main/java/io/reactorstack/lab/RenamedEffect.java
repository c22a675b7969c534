package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * An effect under a name that its user chose.
 *
 * @param effect what is done
 * @param name what it is called
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

  /** A drop that the effect counts under its own name is counted under the new one. */
  private Verdict renamed(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Drop(String cause) when cause.equals(effect.name()) -> Verdict.drop(name);
      case Verdict.Answer(Verdict then, var frames) -> new Verdict.Answer(renamed(then), frames);
      default -> verdict;
    };
  }
}
