package io.reactorstack.dns;

import io.reactorstack.dns.DnsException.Reason;
import io.reactorstack.packet.IpAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Interprets a response that {@link DnsCodec} has matched to its question. It uses only the chain of records that
 * starts at the queried name and ignores all other records that the server adds (RFC 5452 section 6, RFC 2181 section
 * 5.4.1).
 */
final class AnswerReader {

  /** The result of reading a response. A TTL is in seconds; an outcome with TTL 0 must not be cached. */
  sealed interface Reading {

    /** The addresses of the last name in the alias chain. */
    record Addresses(Name owner, List<IpAddress> addresses, long ttl) implements Reading {}

    /** The name is an alias, and the response has no addresses of its target; the target needs a query of its own. */
    record Alias(Name target, long ttl) implements Reading {}

    /** The name or the data does not exist; the result is valid for {@code ttl}. */
    record Absent(Reason reason, long ttl) implements Reading {}

    /** The aliases form a loop, or the chain is longer than {@link #MAX_ALIASES}. */
    record Loop() implements Reading {}

    /** This server has no usable answer; another server may have one. */
    record Useless(Reason reason) implements Reading {}
  }

  /**
   * The largest number of aliases followed; a longer chain is treated as a loop (RFC 1035 section 7.1: bound the work).
   */
  static final int MAX_ALIASES = 16;

  /** The largest TTL, in seconds. dnsjava reads a TTL whose top bit is set as zero (RFC 2181 section 8). */
  static final long NO_LIMIT = Integer.MAX_VALUE;

  private final DnsQuestion question;
  private final Set<Name> names;
  private final List<Record> answers;
  private final List<Record> authority;
  private final int rcode;
  private final boolean isAboutAQuestion;

  private AnswerReader(Message answer, DnsQuestion question, Set<Name> names) {
    this.question = question;
    this.names = names;
    this.answers = answer.getSection(Section.ANSWER);
    this.authority = answer.getSection(Section.AUTHORITY);
    this.rcode = answer.getHeader().getRcode();
    this.isAboutAQuestion = DnsCodec.hasQuestion(answer);
  }

  /**
   * Reads {@code answer}.
   *
   * @param names the names visited before, from the original name up to and including the question's name; this method
   *     adds the aliases that it follows
   */
  static Reading read(Message answer, DnsQuestion question, Set<Name> names) {
    return new AnswerReader(answer, question, names).read();
  }

  private Reading read() {
    return switch (rcode) {
      // Without its question, an NXDOMAIN does not say which name does not exist, so it proves nothing about the
      // queried name.
      case Rcode.NOERROR, Rcode.NXDOMAIN -> isAboutAQuestion ? follow() : new Reading.Useless(Reason.SERVER_FAILURE);
      case Rcode.REFUSED -> new Reading.Useless(Reason.REFUSED);
      default -> new Reading.Useless(Reason.SERVER_FAILURE);
    };
  }

  /** Follows the alias chain in one pass; the records may be in any order (RFC 2308 section 1). */
  private Reading follow() {
    Name owner = question.name();
    long ttl = NO_LIMIT;
    // RFC 1034 section 3.6.2: a name with a CNAME has no other data, so the CNAME is checked first.
    for (CNAMERecord alias = alias(owner); alias != null; alias = alias(owner)) {
      ttl = Math.min(ttl, alias.getTTL());
      owner = alias.getTarget();
      if (!names.add(owner) || names.size() > MAX_ALIASES + 1) {
        return new Reading.Loop();
      }
    }
    Set<IpAddress> addresses = new LinkedHashSet<>();
    for (Record r : answers) {
      IpAddress address = address(r, owner);
      if (address != null) {
        addresses.add(address);
        ttl = Math.min(ttl, r.getTTL()); // RFC 2181 section 5.2: if TTLs differ, the lowest one applies to all
      }
    }
    return conclude(owner, new ArrayList<>(addresses), ttl);
  }

  private Reading conclude(Name owner, List<IpAddress> addresses, long ttl) {
    SOARecord soa = soa(owner);
    // RFC 2308 sections 3 and 5: the SOA limits how long a negative answer is valid; without an SOA it is not cached.
    long negativeTtl = soa == null ? 0 : Math.min(ttl, Math.min(soa.getTTL(), soa.getMinimum()));
    if (rcode == Rcode.NXDOMAIN) {
      // RFC 2308 section 2.1: NXDOMAIN refers to the last name of the chain, so a response that also has addresses of
      // it is invalid.
      return addresses.isEmpty()
          ? new Reading.Absent(Reason.NAME_NOT_FOUND, negativeTtl)
          : new Reading.Useless(Reason.SERVER_FAILURE);
    }
    if (!addresses.isEmpty()) {
      return new Reading.Addresses(owner, addresses, ttl);
    }
    if (soa != null) {
      return new Reading.Absent(Reason.NO_DATA, negativeTtl);
    }
    if (!owner.equals(question.name())) {
      return new Reading.Alias(owner, ttl);
    }
    // RFC 2308 section 2.2: NS records without an SOA are a referral, which a stub resolver cannot use.
    return authority.stream().anyMatch(r -> r.getType() == Type.NS)
        ? new Reading.Useless(Reason.SERVER_FAILURE)
        : new Reading.Absent(Reason.NO_DATA, 0);
  }

  private @Nullable CNAMERecord alias(Name owner) {
    for (Record r : answers) {
      if (r instanceof CNAMERecord alias && isAt(alias, owner)) {
        return alias;
      }
    }
    return null;
  }

  private @Nullable IpAddress address(Record r, Name owner) {
    if (r.getType() != question.type().number() || !isAt(r, owner)) {
      return null;
    }
    return switch (r) {
      case ARecord a -> IpAddress.of(a.getAddress());
      case AAAARecord aaaa -> IpAddress.of(aaaa.getAddress().getAddress());
      default -> null;
    };
  }

  private @Nullable SOARecord soa(Name owner) {
    for (Record r : authority) {
      // An SOA is valid only for names in its own zone.
      if (r instanceof SOARecord soa && soa.getDClass() == DClass.IN && owner.subdomain(soa.getName())) {
        return soa;
      }
    }
    return null;
  }

  private static boolean isAt(Record r, Name owner) {
    return r.getDClass() == DClass.IN && r.getName().equals(owner);
  }
}
