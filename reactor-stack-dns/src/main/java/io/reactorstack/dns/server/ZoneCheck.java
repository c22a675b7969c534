package io.reactorstack.dns.server;

import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Records;
import io.reactorstack.packet.Ipv4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The rules that the records of a zone follow together; a zone is checked whenever records are added. */
final class ZoneCheck {

  /**
   * A violation.
   *
   * @param record the added or present record that breaks a rule
   * @param message the rule
   */
  record Fault(Record record, String message) {}

  /** The types of the records that queries and messages have, but zones do not (RFC 6895 section 3.1). */
  private static final int FIRST_META = 128;
  private static final int LAST_META = 255;

  /** The records of DNSSEC that exist beside an alias (RFC 4034 sections 3 and 4). */
  private static final Set<Integer> BESIDE_ALIAS = Set.of(Type.CNAME, Type.RRSIG, Type.NSEC);

  /** The records that a zone has at a cut: the delegation, and the address of a server with the name of the cut. */
  private static final Set<Integer> AT_CUT = Set.of(Type.NS, Type.DS, Type.A, Type.AAAA, Type.RRSIG, Type.NSEC);

  private static final Set<Integer> BELOW_CUT = Set.of(Type.A, Type.AAAA);

  private static final Set<Integer> BELOW_REDIRECTION = Set.of(Type.RRSIG, Type.NSEC3);

  private final Name origin;
  private final List<Record> existing;
  private final List<Record> added;
  private final Map<Name, Record> aliases = new HashMap<>();
  private final Map<Name, Record> redirections = new HashMap<>();
  private final Set<Name> cuts = new HashSet<>();
  private @Nullable Record soa;

  private ZoneCheck(Name origin, List<Record> existing, List<Record> added) {
    this.origin = origin;
    this.existing = existing;
    this.added = added;
  }

  /** Returns a fault of the zone that has {@code added} besides {@code existing}, or {@code null} if it has none. */
  static @Nullable Fault fault(Name origin, List<Record> existing, List<Record> added) {
    return new ZoneCheck(origin, existing, added).fault();
  }

  private @Nullable Fault fault() {
    for (Record each : added) {
      String message = alone(each);
      if (message != null) {
        return new Fault(each, message);
      }
    }
    existing.forEach(this::note);
    int before = aliases.size() + redirections.size() + cuts.size();
    for (Record each : added) {
      note(each);
      String message = duplicate(each);
      if (message != null) {
        return new Fault(each, message);
      }
    }
    // Present records need another check only if there is a new reason why they must not be where they are.
    List<Record> suspects = new ArrayList<>(added);
    if (aliases.size() + redirections.size() + cuts.size() > before) {
      suspects.addAll(existing);
    }
    for (Record each : suspects) {
      String message = placement(each);
      if (message != null) {
        return new Fault(each, message);
      }
    }
    return null;
  }

  /** Checks a record without regard to other ones. */
  private @Nullable String alone(Record each) {
    Name owner = each.getName();
    int type = each.getType();
    if (each.getDClass() != DClass.IN) {
      return owner + " has a record of the class " + DClass.string(each.getDClass()) + ": expected IN";
    }
    if (!owner.subdomain(origin)) {
      return owner + " is not in the zone " + origin;
    }
    if (type == 0 || type == Type.OPT || type >= FIRST_META && type <= LAST_META) {
      return Type.string(type) + " at " + owner + " is not a type of data (RFC 6895 section 3.1)";
    }
    if (each instanceof ARecord a && Records.address(a) instanceof Ipv4Address v4 && v4.isLinkLocal()) {
      return "the link-local address " + v4 + " cannot be in the DNS"; // RFC 3927 section 1.4
    }
    return switch (type) {
      case Type.SOA ->
        owner.equals(origin) ? null : "the SOA record of the zone " + origin + " is not at " + owner;
      case Type.DS -> owner.equals(origin) ? "the DS records of " + owner + " belong to its parent zone" : null;
      case Type.CNAME -> owner.equals(origin) ? other(owner) : null;
      case Type.DNAME -> owner.isWild() ? "a wildcard cannot redirect: " + owner + " (RFC 4592 section 4.4)" : null;
      default -> null;
    };
  }

  private void note(Record each) {
    switch (each.getType()) {
      case Type.SOA -> soa = soa == null ? each : soa;
      case Type.CNAME -> aliases.putIfAbsent(each.getName(), each);
      case Type.DNAME -> redirections.putIfAbsent(each.getName(), each);
      case Type.NS -> {
        if (!each.getName().equals(origin)) {
          cuts.add(each.getName());
        }
      }
      default -> {}
    }
  }

  private @Nullable String duplicate(Record each) {
    Name owner = each.getName();
    if (each.getType() == Type.SOA && !each.equals(soa)) {
      return "the zone " + origin + " has another SOA record already";
    }
    if (each.getType() == Type.CNAME && !each.equals(aliases.get(owner))) {
      return owner + " is an alias already, and has one target only (RFC 2181 section 10.1)";
    }
    return each.getType() == Type.DNAME && !each.equals(redirections.get(owner))
        ? owner + " redirects already, and has one target only (RFC 6672 section 2.4)"
        : null;
  }

  private @Nullable String placement(Record each) {
    Name owner = each.getName();
    int type = each.getType();
    if (aliases.containsKey(owner) && !BESIDE_ALIAS.contains(type)) {
      return other(owner);
    }
    if (cuts.contains(owner) && !AT_CUT.contains(type)) {
      return owner + " is delegated, so its " + Type.string(type) + " records belong to the delegated zone";
    }
    for (int labels = owner.labels() - 1; labels >= origin.labels(); labels--) {
      Name above = Names.suffix(owner, labels);
      if (redirections.containsKey(above) && !BELOW_REDIRECTION.contains(type)) {
        return owner + " is below " + above + ", which redirects all names below it (RFC 6672 section 2.4)";
      }
      if (cuts.contains(above) && !BELOW_CUT.contains(type)) {
        return owner + " is below the delegated zone " + above + ", where this zone has addresses of name servers only";
      }
    }
    return null;
  }

  private static String other(Name owner) {
    return owner + " cannot be an alias and have other records (RFC 1034 section 3.6.2)";
  }

  /** Returns whether {@code name} is at or below a cut that {@code records} make. */
  static boolean isDelegated(Name name, Name origin, List<Record> records) {
    return records.stream().anyMatch(
        r -> r.getType() == Type.NS && !r.getName().equals(origin) && name.subdomain(r.getName()));
  }
}
