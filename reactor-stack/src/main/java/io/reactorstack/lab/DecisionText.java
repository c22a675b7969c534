package io.reactorstack.lab;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes decisions as lines of text and parses them. */
final class DecisionText {

  /** The word for the original frame in a list of frames that replace it. */
  static final String ITSELF = "itself";

  private static final Pattern LINE = Pattern.compile("(\\S.*[<>]) ([1-9][0-9]{0,17})('?) (.+)");
  private static final Pattern LATE = Pattern.compile("late by (-?[0-9]+)ns");
  private static final Pattern FLIPPED = Pattern.compile("flipped at bit ([0-9]{1,6})");
  private static final Pattern DROPPED = Pattern.compile("dropped by (.+)");
  private static final Pattern HELD = Pattern.compile("held for ([0-9]+)ns by (.+)");
  private static final Pattern REPLACED = Pattern
      .compile("replaced with (nothing|(?:[0-9a-f]+|itself)(?: (?:[0-9a-f]+|itself))*) by (.+)");
  private static final Pattern ANSWERED = Pattern.compile("answered with ([0-9a-f]+(?: [0-9a-f]+)*) by (.+)");

  private DecisionText() {}

  static String time(Duration time) {
    return time.toNanos() + "ns";
  }

  static String frames(List<String> frames) {
    return frames.isEmpty() ? "nothing" : String.join(" ", frames);
  }

  private static List<String> frames(String text) {
    return text.equals("nothing") ? List.of() : List.of(text.split(" "));
  }

  static Decision parse(String line) {
    Matcher matcher = LINE.matcher(line.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a decision: '" + line + "'; expected for example 'client-lan> 17 lost'");
    }
    return new Decision(matcher.group(1), Long.parseLong(matcher.group(2)), !matcher.group(3).isEmpty(),
        what(matcher.group(4), line));
  }

  private static Decision.What what(String text, String line) {
    if (text.equals("lost")) {
      return new Decision.Lost();
    }
    if (text.equals("doubled")) {
      return new Decision.Doubled();
    }
    Matcher matcher = LATE.matcher(text);
    if (matcher.matches()) {
      return new Decision.Late(nanos(matcher.group(1), line));
    }
    if (matcher.usePattern(FLIPPED).matches()) {
      return new Decision.Flipped(Integer.parseInt(matcher.group(1)));
    }
    if (matcher.usePattern(DROPPED).matches()) {
      return new Decision.Dropped(matcher.group(1));
    }
    if (matcher.usePattern(HELD).matches()) {
      return new Decision.Held(nanos(matcher.group(1), line), matcher.group(2));
    }
    if (matcher.usePattern(REPLACED).matches()) {
      return new Decision.Replaced(frames(matcher.group(1)), matcher.group(2));
    }
    if (matcher.usePattern(ANSWERED).matches()) {
      return new Decision.Answered(frames(matcher.group(1)), matcher.group(2));
    }
    throw new IllegalArgumentException(
        "not a decision: '" + line + "'; '" + text + "' is not a known decision:"
            + " expected lost, doubled, late by, flipped at bit, dropped by, held for, replaced with or answered with");
  }

  private static Duration nanos(String number, String line) {
    try {
      return Duration.ofNanos(Long.parseLong(number));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a decision: '" + line + "'; " + number + " ns is out of range", e);
    }
  }
}
