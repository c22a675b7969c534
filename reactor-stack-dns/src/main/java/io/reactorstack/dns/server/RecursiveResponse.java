package io.reactorstack.dns.server;

import io.reactorstack.dns.cache.Absence;
import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.outcome.ExtendedError;
import io.reactorstack.dns.resolve.Answer;
import io.reactorstack.dns.wire.MessageTtls;
import io.reactorstack.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** The response of a recursive server to one query. */
final class RecursiveResponse {

  /** The length of a header, in octets. */
  static final int HEADER = Header.LENGTH;

  private static final long NANOS = 1_000_000_000L;

  private final Query query;
  private final IpAddress client;
  private final ServerCookies cookies;
  private final boolean udp;
  private final Message message;
  private final List<EDNSOption> options = new ArrayList<>(2);

  RecursiveResponse(Query query, IpAddress client, ServerCookies cookies, boolean udp) {
    this.query = query;
    this.client = client;
    this.cookies = cookies;
    this.udp = udp;
    this.message = new Message(query.header().getID());
  }

  /** Adds the reason of a refusal (RFC 8914) and returns its response code. */
  int refused(int reason) {
    options.add(new ExtendedErrorCodeOption(reason));
    return Rcode.REFUSED;
  }

  /** Returns the response with the code {@code rcode} and no record. */
  byte[] octets(int rcode) {
    return encoded(rcode);
  }

  /** Returns the response with {@code answer}, whose times to live are those at the time {@code now}. */
  byte[] octets(Answer answer, long now) {
    List<Integer> ttls = new ArrayList<>();
    answer.aliases().forEach(set -> add(set, Section.ANSWER, set.ttl(now), ttls));
    answer.sets().forEach(set -> add(set, Section.ANSWER, set.ttl(now), ttls));
    Absence absence = answer.absence();
    if (absence != null && absence.soa() != null) {
      // RFC 2308 section 6: the SOA has the time to live of the negative answer.
      add(absence.soa(), Section.AUTHORITY, Math.max(0, (absence.expiry() - now) / NANOS), ttls);
    }
    answer.errors().forEach(error -> options.add(new ExtendedErrorCodeOption(error.code(), error.text())));
    addOwnError(answer);
    byte[] octets = encoded(rcode(answer.reason()));
    MessageTtls.set(octets, ttls);
    return octets;
  }

  private void add(RRset set, int section, long ttl, List<Integer> ttls) {
    for (Record r : set.records()) {
      message.addRecord(r, section);
      ttls.add((int) ttl);
    }
  }

  private static int rcode(@Nullable Reason reason) {
    return switch (reason) {
      case null -> Rcode.NOERROR;
      case NO_DATA -> Rcode.NOERROR;
      case NAME_NOT_FOUND -> Rcode.NXDOMAIN;
      case NAME_TOO_LONG -> Rcode.YXDOMAIN;
      default -> Rcode.SERVFAIL;
    };
  }

  /** RFC 8914: says what this server knows about a failure or a stale answer. */
  private void addOwnError(Answer answer) {
    Integer code = null;
    if (answer.isStale()) {
      boolean isNameError = answer.absence() != null && answer.absence().isNameError();
      code = isNameError ? ExtendedErrorCodeOption.STALE_NXDOMAIN_ANSWER : ExtendedErrorCodeOption.STALE_ANSWER;
    } else if (answer.failure() == Reason.TIMEOUT || answer.failure() == Reason.UNREACHABLE) {
      code = ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY;
    } else if (answer.failure() == Reason.MALFORMED) {
      code = ExtendedErrorCodeOption.INVALID_DATA;
    }
    if (code != null) {
      ExtendedError own = new ExtendedError(code, "");
      if (!answer.errors().contains(own)) {
        options.add(new ExtendedErrorCodeOption(code));
      }
    }
  }

  private byte[] encoded(int rcode) {
    Header header = message.getHeader();
    header.setFlag(Flags.QR);
    header.setFlag(Flags.RA);
    header.setOpcode(query.header().getOpcode());
    copy(Flags.RD);
    copy(Flags.CD); // RFC 4035 section 3.2.2
    header.setRcode(rcode & 0xf);
    if (query.message() != null) {
      query.message().getSection(Section.QUESTION).forEach(question -> message.addRecord(question, Section.QUESTION));
    }
    if (query.edns()) {
      addOpt(rcode);
    }
    return message.toWire(limit());
  }

  private void copy(byte flag) {
    if (query.header().getFlag(flag)) {
      message.getHeader().setFlag(flag);
    }
  }

  private int limit() {
    if (!udp) {
      return Message.MAXLENGTH;
    }
    OPTRecord opt = query.opt();
    // RFC 6891 section 6.2.3: a size below 512 is treated as 512.
    return opt == null
        ? ZoneAnswers.PLAIN_UDP
        : Math.min(ZoneAnswers.LARGE_UDP, Math.max(ZoneAnswers.PLAIN_UDP, opt.getPayloadSize()));
  }

  /** Adds the OPT record that the response to a query with one has (RFC 6891 section 6.1.1). */
  private void addOpt(int rcode) {
    OPTRecord opt = query.opt();
    CookieOption cookie = query.cookie();
    if (cookie != null) {
      byte[] asked = cookie.getClientCookie();
      options.add(new CookieOption(asked, cookie.getServerCookie()
          .map(own -> cookies.renewed(asked, own, client))
          .orElseGet(() -> cookies.fresh(asked, client))));
    }
    int flags = opt == null ? 0 : opt.getFlags() & ExtendedFlags.DO;
    message.addRecord(new OPTRecord(ZoneAnswers.LARGE_UDP, rcode >> 4, 0, flags, options), Section.ADDITIONAL);
  }
}
