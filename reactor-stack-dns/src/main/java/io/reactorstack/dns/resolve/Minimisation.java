package io.reactorstack.dns.resolve;

import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * Hides as much of a name as possible from servers that only have to know where the next zone begins (RFC 9156 section
 * 2.3). Belongs to one descent.
 */
final class Minimisation {

  /** RFC 9156 section 2.3: MAX_MINIMISE_COUNT, the largest number of queries with a part of the name. */
  static final int MAX_COUNT = 10;

  /** RFC 9156 section 2.3: MINIMISE_ONE_LAB, the number of queries that each have one label more. */
  static final int ONE_LABEL = 4;

  private final Question question;
  private final boolean isWanted;
  private boolean isOver;
  private int count;
  /** The labels that are known to exist, counted with the root label. */
  private int labels;

  Minimisation(Question question, boolean isWanted) {
    this.question = question;
    this.isWanted = isWanted;
    this.isOver = !isWanted;
  }

  /** Notes that the servers of {@code zone}, which is closer to the name than the last one, are asked next. */
  void enter(Name zone) {
    labels = Math.max(labels, zone.labels());
  }

  /** Notes that the servers of {@code zone}, which is above the last one, are asked next. */
  void goBack(Name zone) {
    labels = zone.labels();
    isOver = !isWanted;
  }

  /** Returns what to ask next: the whole question, or about the address of a part of its name. */
  Question next() {
    int target = isOver ? question.name().labels() : labels + step();
    if (target >= question.name().labels()) {
      isOver = true;
      return question;
    }
    count++;
    labels = target;
    return new Question(Names.suffix(question.name(), target), Type.A);
  }

  /** Returns the number of labels to add; the last of the queries has all that are left. */
  private int step() {
    int remaining = question.name().labels() - labels;
    return count < ONE_LABEL ? 1 : Math.max(1, remaining / (MAX_COUNT - count));
  }

  /** Asks the whole question from now on. */
  void stop() {
    isOver = true;
  }
}
