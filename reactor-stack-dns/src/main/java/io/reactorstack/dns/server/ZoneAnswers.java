package io.reactorstack.dns.server;

import io.reactorstack.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Computes an authoritative server's responses to queries (RFC 1034 section 4.3.2). It maps octets to octets and does
 * no I/O.
 */
final class ZoneAnswers {

  /**
   * The largest response, in octets, over UDP to a client that did not announce a larger size (RFC 1035 section 4.2.1).
   */
  static final int PLAIN_UDP = 512;

  /**
   * The largest response, in octets, over UDP to any client; small enough not to be fragmented (RFC 9715 section 3).
   */
  static final int LARGE_UDP = 1232;

  /** The offset in a header of the octet with the flag TC, and that flag. */
  private static final int TC_OFFSET = 2;
  private static final int TC = 0x02;

  /** The offset in a header of the number of additional records. */
  private static final int ADDITIONAL_COUNT = 10;

  private final ServedZones zones;
  private final ServerCookies cookies;

  /** Answers each query from the zones' current content. */
  ZoneAnswers(List<? extends Supplier<? extends Zone>> zones, ServerCookies cookies) {
    this.zones = new ServedZones(zones);
    this.cookies = cookies;
  }

  /** Returns the response to a query that {@code client} sent in a datagram, or {@code null} to send none. */
  byte @Nullable [] overUdp(byte[] octets, IpAddress client) {
    Query query = Query.parse(octets);
    return query == null ? null : new Response(query, client, true).octets();
  }

  /** Returns the response to a query that {@code client} sent over TCP, or {@code null} to send none. */
  byte @Nullable [] overTcp(byte[] octets, IpAddress client) {
    Query query = Query.parse(octets);
    return query == null ? null : new Response(query, client, false).octets();
  }

  /** The response to one query. */
  private final class Response {

    private final Query query;
    private final IpAddress client;
    private final boolean udp;
    private final Message message;
    private final List<EDNSOption> options = new ArrayList<>();
    private int needed;

    Response(Query query, IpAddress client, boolean udp) {
      this.query = query;
      this.client = client;
      this.udp = udp;
      this.message = new Message(query.header().getID());
    }

    byte[] octets() {
      Header header = message.getHeader();
      header.setFlag(Flags.QR);
      header.setOpcode(query.header().getOpcode());
      if (query.header().getFlag(Flags.RD)) {
        // RFC 1035 section 4.1.1: RD is copied; RA stays clear because this server does not recurse
        header.setFlag(Flags.RD);
      }
      int rcode = rcode();
      header.setRcode(rcode & 0xf);
      if (query.edns()) {
        addOpt(rcode);
      }
      byte[] octets = message.toWire(limit());
      int sent = (octets[ADDITIONAL_COUNT] & 0xff) << 8 | octets[ADDITIONAL_COUNT + 1] & 0xff;
      if (sent - (query.edns() ? 1 : 0) < needed) {
        // RFC 9471 section 3.1: unlike other additional records, glue must not be missing without TC.
        octets[TC_OFFSET] |= TC;
      }
      return octets;
    }

    private int limit() {
      if (!udp) {
        return Message.MAXLENGTH;
      }
      OPTRecord opt = query.opt();
      // RFC 6891 section 6.2.3: a size below 512 is treated as 512.
      return opt == null ? PLAIN_UDP : Math.min(LARGE_UDP, Math.max(PLAIN_UDP, opt.getPayloadSize()));
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
      message.addRecord(new OPTRecord(LARGE_UDP, rcode >> 4, 0, flags, options), Section.ADDITIONAL);
    }

    private int rcode() {
      Message asking = query.message();
      if (asking == null) {
        return Rcode.FORMERR;
      }
      List<Record> asked = asking.getSection(Section.QUESTION);
      asked.forEach(question -> message.addRecord(question, Section.QUESTION));
      OPTRecord opt = query.opt();
      if (opt != null && opt.getVersion() > 0) {
        return Rcode.BADVERS; // RFC 6891 section 6.1.3: only version 0 exists
      }
      if (query.header().getOpcode() != Opcode.QUERY) {
        return Rcode.NOTIMP;
      }
      if (asked.size() != 1) {
        // RFC 7873 section 5.4: a query for a server cookie has no question; other queries have one (RFC 9619 section 4).
        return asked.isEmpty() && query.cookie() != null ? Rcode.NOERROR : Rcode.FORMERR;
      }
      return answer(asked.getFirst());
    }

    private int answer(Record question) {
      int type = question.getType();
      ZoneTree zone = question.getDClass() == DClass.IN ? zones.zone(question.getName(), type) : null;
      if (zone == null) {
        return refused(ExtendedErrorCodeOption.NOT_AUTHORITATIVE);
      }
      if (type == Type.AXFR || type == Type.IXFR) {
        return refused(ExtendedErrorCodeOption.NOT_SUPPORTED);
      }
      ZoneSearch search = new ZoneSearch(zones, message, udp && type == Type.ANY);
      int rcode = search.search(zone, question.getName(), type);
      needed = search.needed();
      return rcode;
    }

    private int refused(int reason) {
      options.add(new ExtendedErrorCodeOption(reason)); // RFC 8914
      return Rcode.REFUSED;
    }
  }
}
