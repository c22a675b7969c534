package io.reactorstack.lab;

import io.reactorstack.lab.Bottleneck.Framing;
import io.reactorstack.lab.Impairment.Odds;
import io.reactorstack.lab.Impairment.Reordering;
import io.reactorstack.lab.Impairment.Variation;
import io.reactorstack.setting.Checks;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses and writes impairments in netem's language, which is a sequence of words. */
final class NetemText {

  private static final Pattern WORD = Pattern.compile("\\S+");
  private static final Pattern QUANTITY = Pattern.compile("([-+]?[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?)([a-zA-Z/%]*)");
  private static final String WORDS = "limit, delay, distribution, loss, corrupt, duplicate, reorder, rate, slot, queue";
  private static final String DISTRIBUTIONS = "uniform, normal, pareto, paretonormal or added";
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
  private static final BigDecimal EIGHT = BigDecimal.valueOf(8);

  private record Word(String text, int column) {}

  private final String subject;
  private final String text;
  private final List<Word> words = new ArrayList<>();
  private int next;

  /**
   * Creates a parser of {@code text}.
   *
   * @param subject the setting that the text is for, named in messages
   */
  NetemText(String subject, @Nullable String text) {
    this.subject = subject;
    this.text = Checks.text(subject, text);
    Matcher matcher = WORD.matcher(this.text);
    while (matcher.find()) {
      words.add(new Word(matcher.group(), matcher.start() + 1));
    }
  }

  // ---- whole texts

  Impairment all() {
    Impairment read = Impairment.none();
    if (words.size() == 1 && accept("none")) {
      return read;
    }
    Set<String> said = new HashSet<>();
    while (next < words.size()) {
      String keyword = words.get(next).text;
      if (!said.add(keyword)) {
        throw wrong("is repeated");
      }
      next++;
      read = option(keyword, read);
    }
    if (read.reordering().gap() > 0 && read.delay().isZero()) {
      throw new IllegalArgumentException(
          subject + " '" + text + "': reorder lets frames overtake delayed ones, but no delay is set");
    }
    return read;
  }

  private Impairment option(String keyword, Impairment before) {
    return switch (keyword) {
      case "limit" -> before.limit(count("limit"));
      case "queue" -> before.queue(count("queue"));
      case "delay" -> delayOf(before);
      case "loss" -> before.loss(lossModel());
      case "corrupt" -> before.corruption(odds("corrupt"));
      case "duplicate" -> before.duplication(odds("duplicate"));
      case "reorder" -> before.reordering(reordering());
      case "rate" -> rateOf(before);
      case "slot" -> before.slot(slots());
      default -> {
        next--;
        throw wrong("is no option: expected one of " + WORDS);
      }
    };
  }

  Impairment delay(Impairment before) {
    return whole(delayOf(before));
  }

  Impairment loss(Impairment before) {
    return whole(before.loss(lossModel()));
  }

  Impairment corrupt(Impairment before) {
    return whole(before.corruption(odds("corrupt")));
  }

  Impairment duplicate(Impairment before) {
    return whole(before.duplication(odds("duplicate")));
  }

  Impairment reorder(Impairment before) {
    return whole(before.reordering(reordering()));
  }

  Impairment rate(Impairment before) {
    return whole(rateOf(before));
  }

  Impairment slot(Impairment before) {
    return whole(before.slot(slots()));
  }

  private Impairment whole(Impairment read) {
    if (next < words.size()) {
      throw wrong("is unexpected");
    }
    return read;
  }

  // ---- options

  private Impairment delayOf(Impairment before) {
    Duration delay = time("delay");
    Duration jitter = isValue() ? time("jitter") : Duration.ZERO;
    double correlation = isValue() ? share("correlation") : 0;
    Distribution distribution = jitter.isZero() ? Distribution.ADDED : Distribution.UNIFORM;
    if (accept("distribution")) {
      if (jitter.isZero()) {
        next--;
        throw wrong("needs a jitter before it: delay TIME JITTER distribution NAME");
      }
      distribution = distribution();
    }
    return before.delay(delay).variation(new Variation(jitter, distribution, correlation));
  }

  private Distribution distribution() {
    Distribution known = next < words.size() ? Distribution.named(words.get(next).text) : null;
    if (known == null) {
      throw wrong("is no distribution: expected " + DISTRIBUTIONS);
    }
    next++;
    return known;
  }

  private Loss lossModel() {
    if (accept("state")) {
      double p13 = share("p13");
      double p31 = isValue() ? share("p31") : 1 - p13;
      double p32 = isValue() ? share("p32") : 0;
      double p23 = isValue() ? share("p23") : 1;
      double p14 = isValue() ? share("p14") : 0;
      return checked(() -> new Loss.States(p13, p31, p32, p23, p14));
    }
    if (accept("gemodel")) {
      double p = share("p");
      double r = isValue() ? share("r") : 1 - p;
      double oneMinusH = isValue() ? share("1-h") : 1;
      return new Loss.GilbertElliott(p, r, oneMinusH, isValue() ? share("1-k") : 0);
    }
    accept("random");
    Odds odds = odds("loss");
    return new Loss.Random(odds.probability(), odds.correlation());
  }

  private Odds odds(String what) {
    double probability = share(what);
    return new Odds(probability, isValue() ? share("correlation") : 0);
  }

  private Reordering reordering() {
    Odds odds = odds("reorder");
    if (accept("by")) {
      return new Reordering(odds.probability(), time("by"), odds.correlation(), 0);
    }
    int gap = 1;
    if (accept("gap")) {
      gap = count("gap");
      if (gap == 0) {
        next--;
        throw wrong("is no gap: expected 1 or more frames");
      }
    }
    return new Reordering(odds.probability(), Duration.ZERO, odds.correlation(), gap);
  }

  private Impairment rateOf(Impairment before) {
    long bits = rate();
    int packetOverhead = isValue() ? integer("packet overhead", true) : 0;
    int cellSize = isValue() ? integer("cell size", false) : 0;
    int cellOverhead = isValue() ? integer("cell overhead", true) : 0;
    return checked(() -> before.bottleneck(
        before.bottleneck().rate(bits).framing(new Framing(packetOverhead, cellSize, cellOverhead))));
  }

  private Slots slots() {
    Slots slots;
    if (accept("distribution")) {
      Distribution distribution = distribution();
      Duration delay = time("slot delay");
      slots = new Slots(delay, time("slot jitter"), distribution, 0, 0);
    } else {
      Duration least = time("slot minimum");
      Duration most = isValue() ? time("slot maximum") : least;
      slots = checked(() -> Slots.between(least, most));
    }
    for (int limit = 0; limit < 2; limit++) {
      if (accept("packets")) {
        slots = slots.packets(count("packets"));
      } else if (accept("bytes")) {
        slots = slots.bytes(count("bytes"));
      }
    }
    return slots;
  }

  /** Returns the result of {@code made}; turns an error of its checks into one about the word read last. */
  private <T> T checked(Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      next--;
      throw wrong("does not fit: " + e.getMessage());
    }
  }

  // ---- words

  private boolean accept(String keyword) {
    boolean here = next < words.size() && words.get(next).text.equals(keyword);
    next += here ? 1 : 0;
    return here;
  }

  /** Returns whether the next word is a number, and so an argument of the current option. */
  private boolean isValue() {
    return next < words.size() && "+-.0123456789".indexOf(words.get(next).text.charAt(0)) >= 0;
  }

  private Matcher quantity(String what, String form) {
    Matcher matcher = QUANTITY.matcher(next < words.size() ? words.get(next).text : "");
    if (!matcher.matches()) {
      throw wrong("is no " + what + ": expected " + form);
    }
    return matcher;
  }

  private Duration time(String what) {
    String form = "a number with s, ms, us or ns, such as 40ms";
    Matcher matcher = quantity(what, form);
    BigDecimal number = new BigDecimal(matcher.group(1));
    int digits = switch (matcher.group(2)) {
      case "s", "sec", "secs" -> 9;
      case "ms", "msec", "msecs" -> 6;
      case "us", "usec", "usecs" -> 3;
      case "ns", "nsec", "nsecs" -> 0;
      case "" -> number.signum() == 0 ? 0 : -1;
      default -> -1;
    };
    if (digits < 0) {
      throw wrong("is no " + what + ": expected " + form);
    }
    BigDecimal nanos = number.movePointRight(digits).setScale(0, RoundingMode.HALF_UP);
    if (nanos.signum() < 0 || nanos.compareTo(BigDecimal.valueOf(Checks.LONGEST.toNanos())) > 0) {
      throw wrong("is out of range: a " + what + " is 0 s to 365 d");
    }
    next++;
    return Duration.ofNanos(nanos.longValueExact());
  }

  private double share(String what) {
    String form = "per cent, such as 0.5%";
    Matcher matcher = quantity(what, form);
    BigDecimal number = new BigDecimal(matcher.group(1));
    String unit = matcher.group(2);
    if (unit.isEmpty() && number.signum() > 0 && number.compareTo(BigDecimal.ONE) < 0) {
      throw wrong("is ambiguous: say " + number.toPlainString() + "% or "
          + number.multiply(HUNDRED).stripTrailingZeros().toPlainString() + "%");
    }
    if (!unit.isEmpty() && !unit.equals("%")) {
      throw wrong("is no " + what + ": expected " + form);
    }
    if (number.signum() < 0 || number.compareTo(HUNDRED) > 0) {
      throw wrong("is out of range: a " + what + " is 0% to 100%");
    }
    next++;
    return number.movePointLeft(2).doubleValue();
  }

  private long rate() {
    String form = "a number with bit, kbit, mbit, gbit, kibit …, or bps, kbps … for bytes, such as 10mbit";
    Matcher matcher = quantity("rate", form);
    String unit = matcher.group(2).toLowerCase(Locale.ROOT);
    boolean bytes = unit.endsWith("bps");
    String prefix = unit.isEmpty() ? "" : unit.substring(0, Math.max(0, unit.length() - 3));
    BigDecimal factor = !unit.isEmpty() && !bytes && !unit.endsWith("bit") ? null : factor(prefix);
    if (factor == null) {
      throw wrong("is no rate: expected " + form);
    }
    BigDecimal bits = new BigDecimal(matcher.group(1)).multiply(factor).multiply(bytes ? EIGHT : BigDecimal.ONE);
    if (bits.signum() < 0 || bits.compareTo(BigDecimal.valueOf(1_000_000_000_000L)) > 0) {
      throw wrong("is out of range: a rate is 0bit to 1tbit");
    }
    next++;
    return bits.setScale(0, RoundingMode.HALF_UP).longValueExact();
  }

  private static @Nullable BigDecimal factor(String prefix) {
    int power = prefix.isEmpty() ? 0 : "kmgt".indexOf(prefix.charAt(0)) + 1;
    if (!prefix.isEmpty() && (power == 0 || !prefix.substring(1).matches("i?"))) {
      return null;
    }
    return BigDecimal.valueOf(prefix.length() > 1 ? 1024 : 1000).pow(power);
  }

  private int count(String what) {
    return integer(what, false);
  }

  private int integer(String what, boolean maybeNegative) {
    String form = maybeNegative ? "a whole number" : "a whole number, 0 or more";
    String word = next < words.size() ? words.get(next).text : "";
    try {
      int number = Integer.parseInt(word);
      if (number >= 0 || maybeNegative) {
        next++;
        return number;
      }
    } catch (NumberFormatException e) {
      throw wrong("is no " + what + ": expected " + form, e);
    }
    throw wrong("is no " + what + ": expected " + form);
  }

  private IllegalArgumentException wrong(String complaint) {
    return wrong(complaint, null);
  }

  /** Returns an error about the next word. */
  private IllegalArgumentException wrong(String complaint, @Nullable Throwable cause) {
    String where = next < words.size()
        ? "'" + words.get(next).text + "' (word " + (next + 1) + ", column " + words.get(next).column + ") " + complaint
        : "the text ends after word " + words.size() + complaint.replaceFirst("^is no ", " where a ")
            .replaceFirst(": expected ", " is missing: expected ");
    return new IllegalArgumentException(subject + " '" + text + "': " + where, cause);
  }

  // ---- writing

  static String of(Impairment impairment) {
    StringJoiner text = new StringJoiner(" ").setEmptyValue("none");
    Bottleneck bottleneck = impairment.bottleneck();
    add(text, bottleneck.limit() != 0, "limit " + bottleneck.limit());
    add(text, !impairment.delay().isZero() || !impairment.jitter().isZero(), delayText(impairment));
    add(text, !impairment.losses().equals(Loss.NONE), "loss " + impairment.losses());
    add(text, !impairment.corruption().equals(Odds.NEVER), "corrupt " + odds(impairment.corruption()));
    add(text, !impairment.duplication().equals(Odds.NEVER), "duplicate " + odds(impairment.duplication()));
    add(text, !impairment.reordering().equals(Reordering.NONE), reorderText(impairment.reordering()));
    add(text, bottleneck.bitsPerSecond() != 0 || !bottleneck.framing().equals(Framing.NONE),
        "rate " + rateText(bottleneck.bitsPerSecond()) + bottleneck.framing());
    add(text, bottleneck.queueBytes() != Bottleneck.DEFAULT_QUEUE, "queue " + bottleneck.queueBytes());
    add(text, !impairment.slots().isNone(), "slot " + impairment.slots());
    return text.toString();
  }

  private static void add(StringJoiner text, boolean isSet, String part) {
    if (isSet) {
      text.add(part);
    }
  }

  private static String delayText(Impairment impairment) {
    Variation variation = impairment.variation();
    String delay = "delay " + time(impairment.delay());
    if (variation.jitter().isZero()) {
      return delay;
    }
    return delay + " " + time(variation.jitter())
        + (variation.correlation() == 0 ? "" : " " + percents(variation.correlation()))
        + (variation.distribution().equals(Distribution.UNIFORM) ? "" : " distribution " + variation.distribution());
  }

  private static String reorderText(Reordering reordering) {
    return "reorder " + odds(reordering.probability(), reordering.correlation()) + switch (reordering.gap()) {
      case 0 -> " by " + time(reordering.by());
      case 1 -> "";
      default -> " gap " + reordering.gap();
    };
  }

  private static String rateText(long bits) {
    return bits == 0 || bits % 1000 != 0
        ? bits + "bit"
        : bits % 1_000_000 != 0 ? bits / 1000 + "kbit" : bits / 1_000_000 + "mbit";
  }

  static String odds(Odds odds) {
    return odds(odds.probability(), odds.correlation());
  }

  static String odds(double probability, double correlation) {
    return correlation == 0 ? percents(probability) : percents(probability, correlation);
  }

  static String percents(double... shares) {
    StringJoiner text = new StringJoiner(" ");
    for (double share : shares) {
      text.add(BigDecimal.valueOf(share).movePointRight(2).stripTrailingZeros().toPlainString() + "%");
    }
    return text.toString();
  }

  /** Returns a time in the largest of netem's units that divides it. */
  static String time(Duration time) {
    long nanos = time.toNanos();
    return nanos % 1_000 != 0
        ? nanos + "ns"
        : nanos % 1_000_000 != 0
            ? nanos / 1_000 + "us"
            : nanos % 1_000_000_000 != 0 || nanos == 0 ? nanos / 1_000_000 + "ms" : nanos / 1_000_000_000 + "s";
  }
}
