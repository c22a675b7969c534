package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.Absence;
import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.cache.Trust;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.wire.DnsCodec;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Reads a response that matches its question. It uses only records that the server may tell: those in the zone for which
 * it was asked (RFC 5452 section 6), on the chain of aliases that starts at the question's name.
 */
final class ReplyReader {

  /** The largest number of aliases followed; a longer chain is treated as a loop (RFC 1035 section 7.1). */
  static final int MAX_ALIASES = 16;

  private final Question question;
  private final Name zone;
  private final boolean isRecursive;
  private final long now;
  private final List<Record> answers;
  private final List<Record> authority;
  private final Message message;
  private final boolean isAuthoritative;
  private final List<RRset> aliases = new ArrayList<>();
  private @Nullable Reason broken;

  private ReplyReader(Message message, Question question, Name zone, boolean isRecursive, long now) {
    this.question = question;
    this.zone = zone;
    this.isRecursive = isRecursive;
    this.now = now;
    this.message = message;
    this.answers = message.getSection(Section.ANSWER);
    this.authority = message.getSection(Section.AUTHORITY);
    this.isAuthoritative = message.getHeader().getFlag(Flags.AA);
  }

  /** Reads the response of a recursive server. */
  static Reading fromRecursive(Message message, Question question, long now) {
    return new ReplyReader(message, question, Name.root, true, now).read();
  }

  /** Reads the response of a server that is said to be authoritative for {@code zone}. */
  static Reading fromAuthority(Message message, Question question, Name zone, long now) {
    return new ReplyReader(message, question, zone, false, now).read();
  }

  /**
   * Returns the servers of {@code zone} and their addresses that an authoritative response of the zone tells besides its
   * answer; empty if it tells none.
   */
  static List<RRset> zoneServers(Message message, Name zone, long now) {
    if (!message.getHeader().getFlag(Flags.AA)) {
      return List.of();
    }
    ReplyReader reader = new ReplyReader(message, new Question(zone, Type.NS), zone, false, now);
    RRset servers = reader.set(reader.authority, zone, Type.NS, Trust.AUTHORITY);
    if (servers == null) {
      servers = reader.set(reader.answers, zone, Type.NS, Trust.AUTHORITATIVE);
    }
    List<RRset> told = new ArrayList<>();
    if (servers != null) {
      told.add(servers);
      told.addAll(reader.addresses(servers, Trust.ADDITIONAL));
    }
    return told;
  }

  private Reading read() {
    int rcode = DnsCodec.rcode(message);
    if (rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN && !isTooLong(rcode)) {
      return new Reading.Failed(rcode == Rcode.REFUSED ? Reason.REFUSED : Reason.SERVER_FAILURE, Rcode.string(rcode));
    }
    if (!DnsCodec.hasQuestion(message)) {
      return new Reading.Failed(Reason.SERVER_FAILURE, Rcode.string(rcode) + " without a question");
    }
    Name owner = follow();
    if (broken == null && rcode == Rcode.YXDOMAIN) {
      broken = Reason.NAME_TOO_LONG; // what a recursive server says about an alias that it does not tell
    }
    if (broken != null) {
      return new Reading.Broken(aliases, broken);
    }
    Reading result = conclude(owner, rcode == Rcode.NXDOMAIN);
    // RFC 1034 section 4.3.1: only the zone's own servers set AA; another server has only copies.
    return isRecursive || isAuthoritative || result instanceof Reading.Referral || result instanceof Reading.Failed
        ? result
        : new Reading.Lame("not authoritative for " + Names.text(zone));
  }

  /** RFC 6672 section 2.2: YXDOMAIN means that a DNAME record makes the name too long, if there is one. */
  private boolean isTooLong(int rcode) {
    return rcode == Rcode.YXDOMAIN
        && answers.stream().anyMatch(r -> r instanceof DNAMERecord || r instanceof CNAMERecord);
  }

  /**
   * Follows the aliases in one pass; the records may be in any order (RFC 2308 section 1). Returns the last name; if the
   * aliases cannot be followed, also the reason is set.
   */
  private Name follow() {
    Name owner = question.name();
    if (question.type() == Type.CNAME || question.type() == Type.ANY) {
      return owner;
    }
    Set<Name> names = new HashSet<>(Set.of(owner));
    // RFC 1034 section 3.6.2: a name with a CNAME has no other data, so the CNAME is checked first.
    for (Name next = target(owner); next != null; next = target(owner)) {
      owner = next;
      if (!names.add(owner) || names.size() > MAX_ALIASES + 1) {
        broken = Reason.ALIAS_LOOP;
        return owner;
      }
    }
    return owner;
  }

  /** Returns the name that {@code owner} is an alias of, or {@code null} if it is none, and keeps its records. */
  private @Nullable Name target(Name owner) {
    for (Record r : answers) {
      // RFC 6672 section 3.2: the DNAME decides; a CNAME that comes with it is made here, not taken from the response.
      if (r instanceof DNAMERecord tree && isUsable(r) && !owner.equals(r.getName()) && owner.subdomain(r.getName())) {
        CNAMERecord made = Synthesis.alias(owner, tree, tree.getTTL());
        aliases.add(RRset.of(List.of(tree), trust(), now));
        if (made == null) {
          broken = Reason.NAME_TOO_LONG;
          return null;
        }
        aliases.add(RRset.of(List.of(made), trust(), now));
        return made.getTarget();
      }
    }
    RRset alias = set(answers, owner, Type.CNAME, trust());
    if (alias == null) {
      return null;
    }
    aliases.add(alias);
    return alias.target();
  }

  /** RFC 2181 section 5.4.1: only the first owner's records are authoritative; what follows an alias need not be. */
  private Trust trust() {
    return isRecursive || !aliases.isEmpty() || !isAuthoritative ? Trust.ANSWER : Trust.AUTHORITATIVE;
  }

  private Reading conclude(Name owner, boolean isNameError) {
    List<RRset> sets = owner.subdomain(zone) ? sets(owner) : List.of();
    if (isNameError) {
      // RFC 2308 section 2.1: NXDOMAIN refers to the last name of the chain, so a response that also has records of it
      // is invalid.
      return sets.isEmpty() || !owner.equals(question.name()) && !owner.subdomain(zone)
          ? absent(owner, true)
          : new Reading.Failed(Reason.SERVER_FAILURE, "NXDOMAIN with records");
    }
    if (!sets.isEmpty()) {
      return new Reading.Records(aliases, sets);
    }
    if (soa(owner) != null) {
      return absent(owner, false);
    }
    if (!aliases.isEmpty()) {
      return new Reading.Alias(aliases, owner);
    }
    return isRecursive ? withoutSoa(owner) : referral(owner);
  }

  private Reading absent(Name owner, boolean isNameError) {
    if (!owner.subdomain(zone)) {
      return new Reading.Alias(aliases, owner); // the zone of the last name decides
    }
    SOARecord soa = soa(owner);
    // RFC 2308 sections 3 and 5: the SOA limits how long a negative answer is valid; without an SOA it is not cached.
    long ttl = soa == null ? 0 : Math.min(soa.getTTL(), soa.getMinimum());
    RRset told = soa == null
        ? null
        : RRset.of(List.of(new SOARecord(soa.getName(), DClass.IN, ttl, soa.getHost(), soa.getAdmin(),
            soa.getSerial(), soa.getRefresh(), soa.getRetry(), soa.getExpire(), soa.getMinimum())),
            Trust.AUTHORITY, now);
    return new Reading.Absent(aliases, owner, new Absence(isNameError, told, now + ttl * 1_000_000_000L));
  }

  /** RFC 2308 section 2.2: NS records without an SOA are a referral, which a stub resolver cannot use. */
  private Reading withoutSoa(Name owner) {
    return authority.stream().anyMatch(r -> r.getType() == Type.NS)
        ? new Reading.Failed(Reason.SERVER_FAILURE, "referral from a recursive server")
        : absent(owner, false);
  }

  /** RFC 1034 section 5.3.3: a referral leads closer to the name; any other one shows that the server is lame. */
  private Reading referral(Name owner) {
    for (Record r : authority) {
      if (r.getType() == Type.NS && r.getDClass() == DClass.IN && owner.subdomain(r.getName())
          && r.getName().subdomain(zone) && !r.getName().equals(zone)) {
        RRset servers = set(authority, r.getName(), Type.NS, Trust.REFERRAL);
        if (servers != null) {
          return new Reading.Referral(servers, addresses(servers, Trust.REFERRAL));
        }
      }
    }
    return isAuthoritative ? absent(owner, false) : new Reading.Lame("no referral closer than " + Names.text(zone));
  }

  /** Returns the addresses of a zone's servers that the server may tell: those in the zone for which it was asked. */
  private List<RRset> addresses(RRset servers, Trust trust) {
    List<Record> additional = message.getSection(Section.ADDITIONAL);
    List<RRset> addresses = new ArrayList<>();
    for (Record r : servers.records()) {
      if (r instanceof NSRecord server) {
        for (int type : new int[] {Type.A, Type.AAAA}) {
          RRset set = set(additional, server.getTarget(), type, trust);
          if (set != null) {
            addresses.add(set);
          }
        }
      }
    }
    return addresses;
  }

  private List<RRset> sets(Name owner) {
    if (question.type() != Type.ANY) {
      RRset set = set(answers, owner, question.type(), trust());
      return set == null ? List.of() : List.of(set);
    }
    Map<Integer, RRset> sets = new LinkedHashMap<>();
    for (Record r : answers) {
      if (r.getName().equals(owner) && !sets.containsKey(r.getType())) {
        RRset set = set(answers, owner, r.getType(), trust());
        if (set != null) {
          sets.put(r.getType(), set);
        }
      }
    }
    return List.copyOf(sets.values());
  }

  private @Nullable RRset set(List<Record> section, Name owner, int type, Trust trust) {
    List<Record> records = new ArrayList<>(1);
    for (Record r : section) {
      if (r.getType() == type && isUsable(r) && r.getName().equals(owner)) {
        records.add(r);
      }
    }
    return records.isEmpty() ? null : RRset.of(distinct(records), trust, now);
  }

  /** Returns each record once; a message over TCP may have thousands. */
  private static List<Record> distinct(List<Record> records) {
    return records.size() == 1 ? records : List.copyOf(new LinkedHashSet<>(records));
  }

  /** Returns whether the server may tell {@code r}: it is not to be trusted about other zones. */
  private boolean isUsable(Record r) {
    return r.getDClass() == DClass.IN && r.getName().subdomain(zone);
  }

  private @Nullable SOARecord soa(Name owner) {
    for (Record r : authority) {
      // An SOA is valid only for names in its own zone.
      if (r instanceof SOARecord soa && isUsable(r) && owner.subdomain(soa.getName())) {
        return soa;
      }
    }
    return null;
  }
}
