package io.reactorstack.dns.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * The names of a zone as a query meets them: from the origin down, label by label, with zone cuts (RFC 1034 section 4.3.2)
 * and wildcards (RFC 4592).
 *
 * <p>dnsjava's own zone knows no empty non-terminals, so a wildcard of it answers for names that RFC 4592 section 2.2 says
 * exist, and it tries a wildcard one label above the query name only. The names never change; the order of the records of a
 * set turns with each answer, so a tree has one owner.
 */
final class ZoneTree {

  /** The result of a look-up of a name and a type. */
  sealed interface Answer {

    /** The records asked for, at least one, whose owner is the name asked for. */
    record Records(List<Record> records) implements Answer {}

    /** The name is an alias, and the type asked for is not CNAME. */
    record Alias(CNAMERecord alias) implements Answer {}

    /** The name exists and has no record of the type. */
    record NoData() implements Answer {}

    /** The name does not exist, and no wildcard stands for it. */
    record NameError() implements Answer {}

    /** The name belongs to a zone below this one: that zone's NS records, and the addresses known here of its servers. */
    record Referral(List<Record> servers, List<Record> glue) implements Answer {}
  }

  private static final Name WILDCARD = Name.fromConstantString("*");

  private final Name origin;
  private final SOARecord soa;
  private final Map<Name, Map<Integer, RRset>> nodes = new HashMap<>();

  /** Names that have no records and exist because names below them have some (RFC 4592 section 2.2.2). */
  private final Set<Name> emptyNonTerminals = new HashSet<>();

  /**
   * The zone of {@code origin}.
   *
   * @throws IllegalArgumentException if a record's owner is not in the zone
   */
  ZoneTree(Name origin, SOARecord soa, List<Record> records) {
    this.origin = origin;
    this.soa = soa;
    add(soa);
    records.forEach(this::add);
    emptyNonTerminals.removeAll(nodes.keySet());
  }

  private void add(Record added) {
    Name owner = added.getName();
    if (!owner.subdomain(origin)) {
      throw new IllegalArgumentException(owner + " is not in the zone " + origin);
    }
    // A set leaves out duplicates and gives all its records the lowest TTL (RFC 2181 sections 5 and 5.2).
    nodes.computeIfAbsent(owner, name -> new TreeMap<>())
        .computeIfAbsent(added.getType(), type -> new RRset())
        .addRR(added);
    while (!owner.equals(origin)) {
      owner = parent(owner);
      emptyNonTerminals.add(owner);
    }
  }

  Name origin() {
    return origin;
  }

  SOARecord soa() {
    return soa;
  }

  /** Looks up {@code name}, which is its origin or below it; {@link Type#ANY} stands for all types. */
  Answer find(Name name, int type) {
    Name encloser = origin;
    for (int labels = origin.labels() + 1; labels <= name.labels(); labels++) {
      Name next = suffix(name, labels);
      if (!exists(next)) {
        // RFC 4592 section 3.3.1: only the wildcard right below the closest encloser is a source of synthesis.
        return wildcard(encloser, name, type);
      }
      List<Record> cut = records(next, Type.NS);
      if (!cut.isEmpty()) {
        return new Answer.Referral(cut, glue(cut));
      }
      encloser = next;
    }
    return at(name, name, type);
  }

  private Answer wildcard(Name encloser, Name name, int type) {
    Name source = asterisk(encloser);
    return source != null && exists(source) ? at(source, name, type) : new Answer.NameError();
  }

  /** The records of {@code owner}, under {@code name}. */
  private Answer at(Name owner, Name name, int type) {
    List<Record> found = records(owner, type);
    if (!found.isEmpty()) {
      return new Answer.Records(found.stream().map(r -> owned(r, name)).toList());
    }
    List<Record> aliases = records(owner, Type.CNAME);
    return aliases.isEmpty() ? new Answer.NoData() : new Answer.Alias((CNAMERecord) owned(aliases.getFirst(), name));
  }

  private List<Record> glue(List<Record> servers) {
    List<Record> glue = new ArrayList<>();
    for (Record server : servers) {
      Name target = ((NSRecord) server).getTarget();
      glue.addAll(records(target, Type.A));
      glue.addAll(records(target, Type.AAAA));
    }
    return glue;
  }

  private List<Record> records(Name owner, int type) {
    Map<Integer, RRset> sets = nodes.getOrDefault(owner, Map.of());
    return sets.entrySet().stream()
        .filter(set -> type == Type.ANY || type == set.getKey())
        .flatMap(set -> set.getValue().rrs().stream())
        .toList();
  }

  private boolean exists(Name name) {
    return nodes.containsKey(name) || emptyNonTerminals.contains(name);
  }

  private static Record owned(Record known, Name owner) {
    return known.getName().equals(owner) ? known : known.withName(owner);
  }

  /** The last {@code labels} labels of {@code name}, the root's among them. */
  private static Name suffix(Name name, int labels) {
    return new Name(name, name.labels() - labels);
  }

  private static Name parent(Name name) {
    return new Name(name, 1);
  }

  /** The wildcard below {@code encloser}; {@code null} if that would be longer than a name may be. */
  private static @Nullable Name asterisk(Name encloser) {
    try {
      return Name.concatenate(WILDCARD, encloser);
    } catch (NameTooLongException e) {
      return null;
    }
  }
}
