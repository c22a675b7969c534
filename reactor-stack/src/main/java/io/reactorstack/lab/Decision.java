package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;

/**
 * One thing that chance or an effect did to one frame.
 *
 * @param direction the wire's name and {@code >} or {@code <} for the direction to the right or to the left
 * @param frame which frame of the direction, counted from 1 in the order of entering
 * @param copy whether it was done to the second of a doubled frame
 * @param what was done
 */
public record Decision(String direction, long frame, boolean copy, What what) {

  /** Of the longest frame that anything carries. */
  private static final int MOST_BITS = 8 * 65_600;

  /** The kinds of decisions. */
  public sealed interface What {}

  /** Lost by chance. */
  public record Lost() implements What {
    @Override
    public String toString() {
      return "lost";
    }
  }

  /** Delivered twice. */
  public record Doubled() implements What {
    @Override
    public String toString() {
      return "doubled";
    }
  }

  /**
   * Later than the wire's rate and delay make it, or earlier if negative.
   *
   * @param by how much
   */
  public record Late(Duration by) implements What {

    /** Checks the range: 365 d either way. */
    public Late {
      Checks.range("late by", by, Checks.LONGEST.negated(), Checks.LONGEST);
    }

    @Override
    public String toString() {
      return "late by " + DecisionText.time(by);
    }
  }

  /**
   * One bit was flipped.
   *
   * @param bit its number, 0 for the lowest one of the first byte
   */
  public record Flipped(int bit) implements What {

    /** Checks the range. */
    public Flipped {
      Checks.range("flipped bit", bit, 0, MOST_BITS, "(number of the bit)");
    }

    @Override
    public String toString() {
      return "flipped at bit " + bit;
    }
  }

  /**
   * Dropped by an effect.
   *
   * @param cause as counted
   */
  public record Dropped(String cause) implements What {

    /** Checks that there is a cause. */
    public Dropped {
      Checks.text("cause of dropped", cause);
    }

    @Override
    public String toString() {
      return "dropped by " + cause;
    }
  }

  /**
   * Held back by an effect.
   *
   * @param time for how long
   * @param effect its name
   */
  public record Held(Duration time, String effect) implements What {

    /** Checks the range and that there is a name. */
    public Held {
      Checks.zeroOrMore("held time", time);
      Checks.text("held by effect", effect);
    }

    @Override
    public String toString() {
      return "held for " + DecisionText.time(time) + " by " + effect;
    }
  }

  /**
   * Replaced by an effect.
   *
   * @param frames what passed instead, in hexadecimal; {@link DecisionText#ITSELF itself} stands for the frame
   * @param effect its name
   */
  public record Replaced(List<String> frames, String effect) implements What {

    /** Copies the list. */
    public Replaced {
      frames = List.copyOf(Checks.given("replaced frames", frames));
      Checks.text("replaced by effect", effect);
    }

    @Override
    public String toString() {
      return "replaced with " + DecisionText.frames(frames) + " by " + effect;
    }
  }

  /**
   * Answered by an effect.
   *
   * @param frames what went back, in hexadecimal
   * @param effect its name
   */
  public record Answered(List<String> frames, String effect) implements What {

    /** Copies the list. */
    public Answered {
      frames = List.copyOf(Checks.given("answered frames", frames));
      Checks.text("answered by effect", effect);
    }

    @Override
    public String toString() {
      return "answered with " + DecisionText.frames(frames) + " by " + effect;
    }
  }

  /** Checks the parts. */
  public Decision {
    Checks.text("direction of a decision", direction);
    Checks.range("frame of a decision", frame, 1, Long.MAX_VALUE, "(counted from 1)");
    Checks.given("what of a decision", what);
  }

  /** As in {@code client-lan> 17 lost}; the second of a doubled frame is {@code 17'}. */
  @Override
  public String toString() {
    return direction + " " + frame + (copy ? "' " : " ") + what;
  }
}
