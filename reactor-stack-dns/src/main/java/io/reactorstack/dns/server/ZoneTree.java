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
 * The search tree of a zone. A query descends from the origin, label by label, and meets zone cuts (RFC 1034 section
 * 4.3.2) and wildcards (RFC 4592).
 *
 * <p>dnsjava's own {@code Zone} is not used because it has no empty non-terminals, so its wildcards match names that
 * exist by RFC 4592 section 2.2, and because it tries a wildcard only one label above the queried name. The names of a
 * tree never change, but the order of the records in a set rotates with each answer, so a tree must not be shared.
 */
final class ZoneTree {

  /** The result of searching a name and a type. */
  sealed interface Answer {

    /** The records of the queried type, at least one; their owner is the queried name. */
    record Records(List<Record> records) implements Answer {}

    /** The name is an alias, and the queried type is not CNAME. */
    record Alias(CNAMERecord alias) implements Answer {}

    /** The name exists but has no record of the type. */
    record NoData() implements Answer {}

    /** The name does not exist, and no wildcard matches it. */
    record NameError() implements Answer {}

    /**
     * The name belongs to a delegated zone: the NS records of that zone, and the addresses of its servers as far as
     * this zone has them.
     */
    record Referral(List<Record> servers, List<Record> glue) implements Answer {}
  }

  private static final Name WILDCARD = Name.fromConstantString("*");

  private final Name origin;
  private final SOARecord soa;
  private final Map<Name, Map<Integer, RRset>> nodes = new HashMap<>();

  /** The names that have no records but exist because names below them have records (RFC 4592 section 2.2.2). */
  private final Set<Name> emptyNonTerminals = new HashSet<>();

  /**
   * Builds the tree of the zone {@code origin}.
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
    // An RRset drops duplicates and sets all its records to the lowest TTL (RFC 2181 sections 5 and 5.2).
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

  /** Searches for {@code name}, which is the origin or below it; {@link Type#ANY} matches all types. */
  Answer find(Name name, int type) {
    Name encloser = origin;
    for (int labels = origin.labels() + 1; labels <= name.labels(); labels++) {
      Name next = suffix(name, labels);
      if (!exists(next)) {
        // RFC 4592 section 3.3.1: only the wildcard directly below the closest encloser is a source of synthesis.
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

  /** Returns the records of {@code owner} with {@code name} as their owner. */
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

  /** Returns the last {@code labels} labels of {@code name}, including the root label. */
  private static Name suffix(Name name, int labels) {
    return new Name(name, name.labels() - labels);
  }

  private static Name parent(Name name) {
    return new Name(name, 1);
  }

  /** Returns the wildcard below {@code encloser}, or {@code null} if it would exceed the maximum length of a name. */
  private static @Nullable Name asterisk(Name encloser) {
    try {
      return Name.concatenate(WILDCARD, encloser);
    } catch (NameTooLongException e) {
      return null;
    }
  }
}
