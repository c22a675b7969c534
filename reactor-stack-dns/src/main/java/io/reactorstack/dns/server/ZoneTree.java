package io.reactorstack.dns.server;

import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Records;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * The search tree of a zone. A query descends from the origin, label by label, and meets zone cuts (RFC 1034 section
 * 4.3.2), redirections of subtrees (RFC 6672) and wildcards (RFC 4592).
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

    /**
     * A name above the queried one redirects its subtree.
     *
     * @param dname the redirection
     * @param alias the synthesized alias of the queried name, or {@code null} if its target would be too long for a name
     */
    record Redirection(DNAMERecord dname, @Nullable CNAMERecord alias) implements Answer {}

    /** The name exists but has no record of the type. */
    record NoData() implements Answer {}

    /** The name does not exist, and no wildcard matches it. */
    record NameError() implements Answer {}

    /**
     * The name belongs to a delegated zone.
     *
     * @param servers the NS records of that zone
     * @param glue the addresses of its servers whose names are in that zone, without which it cannot be reached
     * @param siblings the addresses of its other servers, as far as this zone has them
     */
    record Referral(List<Record> servers, List<Record> glue, List<Record> siblings) implements Answer {}
  }

  private static final Name WILDCARD = Name.fromConstantString("*");

  private final Name origin;
  private final SOARecord soa;
  private final SOARecord negativeSoa;

  /**
   * The sets of records by name and type. A name without a set is an empty non-terminal: it exists because names below
   * it have records (RFC 4592 section 2.2.2).
   */
  private final Map<Name, Map<Integer, RecordSet>> nodes = new HashMap<>();

  /**
   * Builds the tree of the zone {@code origin}.
   *
   * @throws IllegalArgumentException if a record's owner is not in the zone
   */
  ZoneTree(Name origin, SOARecord soa, List<Record> records) {
    this.origin = origin;
    this.soa = soa;
    // RFC 2308 section 3: the SOA of a negative answer lives for the lower of its own TTL and its field MINIMUM.
    this.negativeSoa = (SOARecord) Records.withTtl(soa, Math.min(soa.getTTL(), soa.getMinimum()));
    add(soa);
    records.forEach(this::add);
  }

  private void add(Record added) {
    Name owner = added.getName();
    if (!owner.subdomain(origin)) {
      throw new IllegalArgumentException(owner + " is not in the zone " + origin);
    }
    node(owner).computeIfAbsent(added.getType(), type -> new RecordSet()).add(added);
    while (!owner.equals(origin)) {
      owner = Names.parent(owner);
      node(owner);
    }
  }

  private Map<Integer, RecordSet> node(Name name) {
    return nodes.computeIfAbsent(name, any -> new TreeMap<>());
  }

  Name origin() {
    return origin;
  }

  /** The SOA record as negative answers carry it. */
  SOARecord negativeSoa() {
    return negativeSoa;
  }

  /** Returns all records: the SOA first, then by name in canonical order (RFC 4034 section 6.1) and by type. */
  List<Record> records() {
    List<Record> all = new ArrayList<>();
    all.add(soa);
    new TreeMap<>(nodes).values().stream()
        .map(Map::values)
        .flatMap(Collection::stream)
        .flatMap(set -> set.records().stream())
        .filter(r -> r.getType() != Type.SOA)
        .forEach(all::add);
    return all;
  }

  /** Searches for {@code name}, which is the origin or below it; {@link Type#ANY} matches all types. */
  Answer find(Name name, int type) {
    Name encloser = origin;
    for (int labels = origin.labels() + 1; labels <= name.labels(); labels++) {
      // RFC 6672 section 3.2: a DNAME redirects the names below its owner, not the owner itself.
      List<Record> redirection = records(encloser, Type.DNAME);
      if (!redirection.isEmpty()) {
        return redirected((DNAMERecord) redirection.getFirst(), name);
      }
      Name next = Names.suffix(name, labels);
      if (!nodes.containsKey(next)) {
        // RFC 4592 section 3.3.1: only the wildcard directly below the closest encloser is a source of synthesis.
        return wildcard(encloser, name, type);
      }
      // RFC 4035 section 3.1.4.1: the DS records of a delegated zone belong to its parent.
      boolean ofParent = type == Type.DS && labels == name.labels();
      List<Record> servers = ofParent ? List.of() : records(next, Type.NS);
      if (!servers.isEmpty()) {
        return referral(next, servers);
      }
      encloser = next;
    }
    return at(name, name, type);
  }

  private static Answer redirected(DNAMERecord dname, Name name) {
    try {
      return new Answer.Redirection(dname,
          new CNAMERecord(name, DClass.IN, dname.getTTL(), name.fromDNAME(dname)));
    } catch (NameTooLongException e) {
      return new Answer.Redirection(dname, null);
    }
  }

  private Answer wildcard(Name encloser, Name name, int type) {
    Name source = asterisk(encloser);
    if (source == null || !nodes.containsKey(source)) {
      return new Answer.NameError();
    }
    // RFC 4592 sections 4.2 and 4.4 leave the meaning of a delegation or a redirection by a wildcard open: neither is
    // synthesized, nor is other data at a cut, which belongs to the delegated zone.
    boolean open = !records(source, Type.NS).isEmpty() || type == Type.DNAME && !records(source, type).isEmpty();
    return open ? new Answer.NoData() : at(source, name, type);
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

  private Answer referral(Name cut, List<Record> servers) {
    List<Record> glue = new ArrayList<>();
    List<Record> siblings = new ArrayList<>();
    for (Record server : servers) {
      Name target = ((NSRecord) server).getTarget();
      List<Record> of = target.subdomain(cut) ? glue : siblings;
      of.addAll(records(target, Type.A));
      of.addAll(records(target, Type.AAAA));
    }
    return new Answer.Referral(servers, glue, siblings);
  }

  /**
   * Returns the addresses of {@code name} for the additional section: its own, those of a wildcard, or glue.
   *
   * @param type {@link Type#A} or {@link Type#AAAA}
   */
  List<Record> addresses(Name name, int type) {
    return switch (find(name, type)) {
      case Answer.Records(var records) -> records;
      case Answer.Referral referral -> records(name, type);
      case Answer.Alias alias -> List.of();
      case Answer.Redirection redirection -> List.of();
      case Answer.NoData none -> List.of();
      case Answer.NameError none -> List.of();
    };
  }

  private List<Record> records(Name owner, int type) {
    Map<Integer, RecordSet> sets = nodes.getOrDefault(owner, Map.of());
    if (type == Type.ANY) {
      return sets.values().stream().flatMap(set -> set.rotated().stream()).toList();
    }
    RecordSet set = sets.get(type);
    return set == null ? List.of() : set.rotated();
  }

  private static Record owned(Record known, Name owner) {
    return known.getName().equals(owner) ? known : known.withName(owner);
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
