package io.reactorstack.dns.hierarchy;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** The questions about the hierarchy, derived from its zone files. */
public final class Names {

  /** Questions that do not follow from a single record. */
  private static final List<Question> FURTHER = List.of("""
      absent. A
      www.absent. A
      deeply.below.absent. MX
      nowhere.test. A
      below.nowhere.lab. A
      host3.wild.test. MX
      host3.wild.test. A
      foo.bar.wild.test. TXT
      host1.wild.test. MX
      sub.*.wild.test. MX
      _telnet._tcp.host1.wild.test. SRV
      host.subdel.wild.test. A
      ghost.*.wild.test. MX
      x.deep.ent.wild.test. A
      below.x.deep.ent.wild.test. A
      named.cn.wild.test. A
      below.named.cn.wild.test. A
      one.a.two.b.wild.test. A
      one.a.*.b.wild.test. A
      label-9ab.toolong.dname.test. A
      label-10ab.toolong.dname.test. A
      label-9ab.toolong.alpha.lab. A
      label-10ab.toolong.alpha.lab. A
      www.tree.dname.test. AAAA
      text.tree.dname.test. TXT
      alias.tree.dname.test. A
      a.b.tree.dname.test. A
      b.tree.dname.test. A
      www.twice.dname.test. A
      any.towild.dname.test. A
      c1.old.lab. A
      129.0.8.10.in-addr.arpa. PTR
      130.0.8.10.in-addr.arpa. PTR
      host3.wild.test. AAAA
      mixed.case.alpha.test. A
      upper.alpha.test. A
      www.sub.old.lab. A
      zero.old.lab. A
      wWw.AlPhA.tEsT. A
      WWW.TREE.DNAME.TEST. A
      """.lines().map(line -> new Question(line.split(" ")[0], line.split(" ")[1])).toArray(Question[]::new));

  /**
   * The questions to which the zones do not imply Unbound's answer.
   *
   * <p>Unbound takes the referral of a server to itself for an answer without data; it has neither authority nor a SOA
   * record (RFC 2308 section 2.2). If a DNAME record makes a name of more than 255 octets, servers answer YXDOMAIN
   * (RFC 6672 section 2.2); Knot's answer is NXDOMAIN, which Unbound turns into SERVFAIL unless it has the record in
   * its cache.
   */
  private static final List<String> DISPUTED = List.of("loop.selfref.test. A", "www.loop.selfref.test. A",
      "www.loop.selfref.test. MX", "label-10ab.toolong.dname.test. A");

  private final Set<Question> questions = new LinkedHashSet<>();

  private Names() {}

  /**
   * Returns all questions, each once and always in the same order.
   *
   * <p>For every owner and type there is one; for every owner one for a type that it does not have, one for a name
   * below it, and one for each empty non-terminal above it; for wildcards, DNAME records and aliases those that use
   * them; and for every delegation to which no server answers some for names below it.
   */
  public static List<Question> all() {
    Names names = new Names();
    HostedZone.ALL.forEach(names::addZone);
    names.questions.addAll(FURTHER);
    return List.copyOf(names.questions);
  }

  /** Returns all questions except those to which Unbound's answer is open to dispute. */
  public static List<Question> undisputed() {
    return all().stream().filter(question -> !DISPUTED.contains(question.toString())).toList();
  }

  /** Returns the questions to which resolvers may give other answers than Unbound, which are part of {@link #all}. */
  public static List<Question> disputed() {
    return all().stream().filter(question -> DISPUTED.contains(question.toString())).toList();
  }

  private void addZone(HostedZone zone) {
    List<Record> records = zone.authoritative();
    Set<Name> owners = new TreeSet<>(records.stream().map(Record::getName).toList());
    for (Record record : records) {
      Name owner = record.getName();
      add(owner, record.getType());
      switch (record.getType()) {
        case Type.CNAME -> add(owner, Type.A, Type.AAAA);
        case Type.DNAME -> addBelow(owner, "www", "text", "below.any");
        default -> {
        }
      }
      if (owner.isWild()) {
        addBelow(new Name(owner, 1), "any", "one.two");
        below(new Name(owner, 1), "data").ifPresent(name -> add(name, record.getType()));
      }
    }
    for (Name owner : owners) {
      addAround(zone, owner, records, owners);
    }
    for (Name delegation : zone.delegations()) {
      if (HostedZone.of(delegation).isEmpty()) {
        add(delegation, Type.A);
        addBelow(delegation, "www");
        below(delegation, "www").ifPresent(name -> add(name, Type.MX));
      }
    }
  }

  /** Adds questions that are answered by the lack of a record at, above and below {@code owner}. */
  private void addAround(HostedZone zone, Name owner, List<Record> records, Set<Name> owners) {
    List<Integer> types = records.stream().filter(record -> record.getName().equals(owner)).map(Record::getType)
        .toList();
    if (!types.contains(Type.CNAME)) {
      add(owner, types.contains(Type.AAAA) ? Type.NAPTR : Type.AAAA);
    }
    addBelow(owner, "nothing");
    for (int labels = 1; owner.labels() - labels > zone.origin().labels(); labels++) {
      Name above = new Name(owner, labels);
      if (!owners.contains(above)) {
        add(above, Type.A);
      }
    }
    if (owner.toString().startsWith("www.")) {
      questions.add(new Question(owner.toString().toUpperCase(Locale.ROOT), "A"));
    }
  }

  private void add(Name name, int... types) {
    for (int type : types) {
      questions.add(Question.of(name, type));
    }
  }

  private void addBelow(Name above, String... labels) {
    for (String label : labels) {
      below(above, label).ifPresent(name -> add(name, Type.A));
    }
  }

  /** Returns the name, or nothing if it would have more than 255 octets. */
  private static Optional<Name> below(Name above, String labels) {
    try {
      return Optional.of(Name.concatenate(Name.fromString(labels), above));
    } catch (NameTooLongException e) {
      return Optional.empty();
    } catch (TextParseException e) {
      throw new IllegalArgumentException(labels, e);
    }
  }
}
