package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;

/** An {@link Effect}'s decision about a frame. */
public sealed interface Verdict {

  /** The frame passes. */
  static Verdict pass() {
    return Pass.YES;
  }

  /** The frame is dropped, and counted under {@code cause}. */
  static Verdict drop(String cause) {
    return new Drop(cause);
  }

  /** The frame passes later, {@code by} from now. */
  static Verdict delay(Duration by) {
    return new Delay(by);
  }

  /**
   * The frames that pass in the place of the frame, in this order. The wire takes them over; it releases the original frame
   * unless it is one of them.
   */
  static Verdict replace(Frame... frames) {
    return new Replace(Checks.all("frames to replace with", frames));
  }

  /** The effect keeps the frame back and later calls {@link Passage#forward} or {@link Passage#drop} with it. */
  static Verdict hold() {
    return Hold.YES;
  }

  /**
   * As this verdict, and {@code frames} are sent to where the frame came from: they enter the wire's other direction. The
   * wire takes them over.
   */
  default Verdict answering(Frame... frames) {
    return new Answer(this, Checks.all("frames to answer with (answering)", frames));
  }

  /** See {@link #pass}. */
  enum Pass implements Verdict {
    /** The one such verdict. */
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
   * @param by for how long; zero to 365 d
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
   * @param frames what passes
   */
  record Replace(List<Frame> frames) implements Verdict {

    /** Copies the list. */
    public Replace {
      frames = List.copyOf(Checks.given("frames to replace with", frames));
    }
  }

  /** See {@link #hold}. */
  enum Hold implements Verdict {
    /** The one such verdict. */
    YES
  }

  /**
   * See {@link #answering}.
   *
   * @param then what happens to the frame
   * @param frames what goes back
   */
  record Answer(Verdict then, List<Frame> frames) implements Verdict {

    /** Copies the list. */
    public Answer {
      Checks.given("answer then", then);
      frames = List.copyOf(Checks.given("frames to answer with", frames));
    }
  }
}
