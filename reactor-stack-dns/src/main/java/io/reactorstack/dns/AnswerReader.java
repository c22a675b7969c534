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
 * Reads an answer that belongs to its question. Only the chain of records that starts at the name asked for counts:
 * whatever else a server adds is not believed (RFC 5452 section 6, RFC 2181 section 5.4.1).
 */
final class AnswerReader {

  /** The content of an answer. A TTL is in seconds; 0 means for this once only. */
  sealed interface Reading {

    /** The addresses of the name at the end of the chain. */
    record Addresses(Name owner, List<IpAddress> addresses, long ttl) implements Reading {}

    /** The name is an alias, and the answer does not say of what addresses: ask for the target. */
    record Alias(Name target, long ttl) implements Reading {}

    /** There is no such name or no such data, and that holds for {@code ttl}. */
    record Absent(Reason reason, long ttl) implements Reading {}

    /** The aliases lead nowhere. */
    record Loop() implements Reading {}

    /** This server has no answer; another may. */
    record Useless(Reason reason) implements Reading {}
  }

  /** More aliases than this are taken for a loop (RFC 1035 section 7.1: bound the work). */
  static final int MAX_ALIASES = 16;

  /** The largest TTL; dnsjava reads one with the top bit set as zero (RFC 2181 section 8). */
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
   * @param names the names met so far on the way to the question's name, that one included; the aliases met are added
   */
  static Reading read(Message answer, DnsQuestion question, Set<Name> names) {
    return new AnswerReader(answer, question, names).read();
  }

  private Reading read() {
    return switch (rcode) {
      // Without the question an NXDOMAIN does not say which name it means, so nothing may be concluded about ours.
      case Rcode.NOERROR, Rcode.NXDOMAIN -> isAboutAQuestion ? follow() : new Reading.Useless(Reason.SERVER_FAILURE);
      case Rcode.REFUSED -> new Reading.Useless(Reason.REFUSED);
      default -> new Reading.Useless(Reason.SERVER_FAILURE);
    };
  }

  /** RFC 2308 section 1: the chain is followed in one pass, in whatever order its records stand. */
  private Reading follow() {
    Name owner = question.name();
    long ttl = NO_LIMIT;
    // RFC 1034 section 3.6.2: where a CNAME is nothing else is, so it goes first.
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
        ttl = Math.min(ttl, r.getTTL()); // RFC 2181 section 5.2: the lowest of differing TTLs holds for all
      }
    }
    return conclude(owner, new ArrayList<>(addresses), ttl);
  }

  private Reading conclude(Name owner, List<IpAddress> addresses, long ttl) {
    SOARecord soa = soa(owner);
    // RFC 2308 sections 3 and 5: the SOA says how long "no" holds; without one it is not kept.
    long negativeTtl = soa == null ? 0 : Math.min(ttl, Math.min(soa.getTTL(), soa.getMinimum()));
    if (rcode == Rcode.NXDOMAIN) {
      // RFC 2308 section 2.1: the error is about the last name of the chain, so that one has no addresses.
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
    // RFC 2308 section 2.2: NS records without a SOA are a referral, which is no answer to a stub.
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
      // A zone can only speak of names below it.
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
