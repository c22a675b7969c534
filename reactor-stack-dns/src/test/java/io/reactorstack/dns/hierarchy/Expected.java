package io.reactorstack.dns.hierarchy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The answer of a resolver to a question, in a form that does not depend on the resolver.
 *
 * <pre>
 * List&lt;Expected&gt; reference = hierarchy.reference(Names.all());
 * assertThat(Expected.differences(reference, question -&gt; Expected.of(question, rcode, records))).isEmpty();
 * </pre>
 *
 * @param question the question
 * @param rcode the response code, for example {@code NOERROR}
 * @param records the records of the answer section with those of the alias chain, as {@link #normalised}; empty for
 *     other codes than {@code NOERROR} and {@code NXDOMAIN}, with which resolvers return a part of the chain or nothing
 */
public record Expected(Question question, String rcode, Set<String> records) {

  private static final Set<String> CODES_WITH_RECORDS = Set.of("NOERROR", "NXDOMAIN");

  /** Copies the records in alphabetical order. */
  public Expected {
    records = Collections.unmodifiableSet(new TreeSet<>(records));
    if (!CODES_WITH_RECORDS.contains(rcode) && !records.isEmpty()) {
      throw new IllegalArgumentException("records of an answer with " + rcode);
    }
  }

  /** Creates it from the response code and the answer section of a message. */
  public static Expected of(Question question, int rcode, Collection<Record> answer) {
    String code = Rcode.string(rcode);
    TreeSet<String> records = new TreeSet<>();
    if (CODES_WITH_RECORDS.contains(code)) {
      answer.forEach(record -> records.add(normalised(record)));
    }
    return new Expected(question, code, records);
  }

  /** Returns owner, type and data of a record, without its TTL; domain names are in lower case. */
  public static String normalised(Record record) {
    try {
      Record lower = Record.fromWire(record.toWireCanonical(), Section.ANSWER);
      return lower.getName() + " " + Type.string(lower.getType()) + " " + lower.rdataToString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Describes how {@code other} differs from this answer, which is the right one; empty if they are the same. */
  public Optional<String> difference(Expected other) {
    if (rcode.equals(other.rcode) && records.equals(other.records)) {
      return Optional.empty();
    }
    TreeSet<String> missing = new TreeSet<>(records);
    missing.removeAll(other.records);
    TreeSet<String> surplus = new TreeSet<>(other.records);
    surplus.removeAll(records);
    return Optional
        .of(question + ": " + rcode + " expected, " + other.rcode + " received; missing " + missing + ", surplus "
            + surplus);
  }

  /** Asks {@code resolver} all questions and describes each answer that differs from the one in {@code reference}. */
  public static List<String> differences(List<Expected> reference, Function<Question, Expected> resolver) {
    return reference.stream().flatMap(right -> right.difference(resolver.apply(right.question)).stream()).toList();
  }
}
