package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;

/**
 * One thing that chance or an effect did to one frame.
 *
 * @param direction the wire's name followed by {@code >} for the direction to the right or {@code <} for the one to the
 *     left
 * @param frame the frame's number in its direction, counted from 1 in the order of entry
 * @param copy true if it was done to the second copy of a duplicated frame
 * @param what the thing done
 */
public record Decision(String direction, long frame, boolean copy, What what) {

  /** The number of bits of the longest possible frame. */
  private static final int MAX_BITS = 8 * 65_600;

  /** The kinds of decisions. */
  public sealed interface What {}

  /** The frame was lost by chance. */
  public record Lost() implements What {
    @Override
    public String toString() {
      return "lost";
    }
  }

  /** The frame was delivered twice. */
  public record Doubled() implements What {
    @Override
    public String toString() {
      return "doubled";
    }
  }

  /**
   * The frame arrived later than the wire's rate and delay imply, or earlier if negative.
   *
   * @param by the deviation
   */
  public record Late(Duration by) implements What {

    /** Checks the range: at most 365 d in either direction. */
    public Late {
      Checks.range("late by", by, Checks.LONGEST.negated(), Checks.LONGEST);
    }

    @Override
    public String toString() {
      return "late by " + DecisionText.time(by);
    }
  }

  /**
   * One bit of the frame was flipped.
   *
   * @param bit the number of the bit; 0 is the lowest bit of the first byte
   */
  public record Flipped(int bit) implements What {

    /** Checks the range. */
    public Flipped {
      Checks.range("flipped bit", bit, 0, MAX_BITS, "(number of the bit)");
    }

    @Override
    public String toString() {
      return "flipped at bit " + bit;
    }
  }

  /**
   * The frame was dropped by an effect.
   *
   * @param cause the name under which the drop is counted
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
   * The frame was held back by an effect.
   *
   * @param time the time for which it was held
   * @param effect the effect's name
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
   * The frame was replaced by an effect.
   *
   * @param frames the frames that passed instead, in hexadecimal; {@link DecisionText#ITSELF itself} stands for the
   *     original frame
   * @param effect the effect's name
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
   * An effect sent frames back in answer to the frame.
   *
   * @param frames the frames sent back, in hexadecimal
   * @param effect the effect's name
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

  /** Returns one line such as {@code client-lan> 17 lost}; the second copy of a duplicated frame is {@code 17'}. */
  @Override
  public String toString() {
    return direction + " " + frame + (copy ? "' " : " ") + what;
  }
}
