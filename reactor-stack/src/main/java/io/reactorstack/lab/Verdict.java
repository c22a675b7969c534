package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;

/** An {@link Effect}'s decision about a frame. */
public sealed interface Verdict {

  /** Returns the verdict that the frame passes. */
  static Verdict pass() {
    return Pass.YES;
  }

  /** Returns the verdict that the frame is dropped and counted under {@code cause}. */
  static Verdict drop(String cause) {
    return new Drop(cause);
  }

  /** Returns the verdict that the frame passes after the time {@code by}. */
  static Verdict delay(Duration by) {
    return new Delay(by);
  }

  /**
   * Returns the verdict that these frames pass in place of the frame, in this order. The wire takes them over; it
   * releases the original frame unless it is one of them.
   */
  static Verdict replace(Frame... frames) {
    return new Replace(Checks.all("frames to replace with", frames));
  }

  /**
   * Returns the verdict that the effect holds the frame and later calls {@link Passage#forward} or {@link Passage#drop}
   * with it.
   */
  static Verdict hold() {
    return Hold.YES;
  }

  /**
   * Returns this verdict with answers: {@code frames} are sent back to where the frame came from, through the wire's
   * opposite direction. The wire takes them over.
   */
  default Verdict answering(Frame... frames) {
    return new Answer(this, Checks.all("frames to answer with (answering)", frames));
  }

  /** See {@link #pass}. */
  enum Pass implements Verdict {
    /** The only instance. */
    YES
  }

  /**
   * See {@link #drop}.
   *
   * @param cause the name under which the drop is counted
   */
  record Drop(String cause) implements Verdict {

    /** Checks that there is a cause. */
    public Drop {
      Checks.text("cause of a drop", cause);
    }
  }

  /**
   * See {@link #delay}.
   *
   * @param by the delay; zero to 365 d
   */
  record Delay(Duration by) implements Verdict {

    /** Checks the range. */
    public Delay {
      Checks.zeroOrMore("delay by", by);
    }
  }

  /**
   * See {@link #replace}.
   *
   * @param frames the frames that pass instead
   */
  record Replace(List<Frame> frames) implements Verdict {

    /** Copies the list. */
    public Replace {
      frames = List.copyOf(Checks.given("frames to replace with", frames));
    }
  }

  /** See {@link #hold}. */
  enum Hold implements Verdict {
    /** The only instance. */
    YES
  }

  /**
   * See {@link #answering}.
   *
   * @param then the verdict about the frame itself
   * @param frames the frames that are sent back
   */
  record Answer(Verdict then, List<Frame> frames) implements Verdict {

    /** Copies the list. */
    public Answer {
      Checks.given("answer then", then);
      frames = List.copyOf(Checks.given("frames to answer with", frames));
    }
  }
}
