package io.reactorstack.dns.server;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

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

  private static final int MAX_ALIASES = 16;

  private final List<Served> zones;

  /** Answers each query from the zones' current content. */
  ZoneAnswers(List<? extends Supplier<? extends Zone>> zones) {
    this.zones = zones.stream().map(Served::new).toList();
  }

  /** Returns an instance for zones that never change. */
  static ZoneAnswers of(Zone... zones) {
    return new ZoneAnswers(Stream.of(zones).<Supplier<Zone>>map(zone -> () -> zone).toList());
  }

  /** A source of a zone and the search tree of the zone that it last returned. */
  private static final class Served {

    private final Supplier<? extends Zone> source;
    private Zone zone;
    private ZoneTree tree;

    Served(Supplier<? extends Zone> source) {
      this.source = source;
      this.zone = source.get();
      this.tree = zone.tree();
    }

    ZoneTree tree() {
      Zone now = source.get();
      if (now != zone) {
        zone = now;
        tree = now.tree();
      }
      return tree;
    }
  }

  /** Returns the response to a query received in a datagram, or {@code null} to send none. */
  byte @Nullable [] overUdp(byte[] octets) {
    Message query = parse(octets);
    if (query == null) {
      return complaint(octets);
    }
    OPTRecord opt = query.getOPT();
    // RFC 6891 section 6.2.3: a size below 512 is treated as 512.
    int limit = opt == null ? PLAIN_UDP : Math.min(LARGE_UDP, Math.max(PLAIN_UDP, opt.getPayloadSize()));
    return answer(query).toWire(limit);
  }

  /** Returns the response to a query received over TCP, or {@code null} to send none. */
  byte @Nullable [] overTcp(byte[] octets) {
    Message query = parse(octets);
    return query == null ? complaint(octets) : answer(query).toWire(Message.MAXLENGTH);
  }

  private static @Nullable Message parse(byte[] octets) {
    try {
      Message query = new Message(octets);
      return query.getHeader().getFlag(Flags.QR) ? null : query;
    } catch (IOException | RuntimeException e) {
      // dnsjava throws IOException for most malformed messages, and other exceptions for invalid values in records
      return null;
    }
  }

  /**
   * Returns FORMERR for a malformed query, and {@code null} for a response: an answer to a response could start an
   * endless exchange between two servers.
   */
  private static byte @Nullable [] complaint(byte[] octets) {
    if (octets.length < Header.LENGTH || (octets[2] & 0x80) != 0) {
      return null;
    }
    Header header = new Header((octets[0] & 0xff) << 8 | octets[1] & 0xff);
    header.setFlag(Flags.QR);
    header.setOpcode(octets[2] >> 3 & 0xf);
    header.setRcode(Rcode.FORMERR);
    return header.toWire();
  }

  private Message answer(Message query) {
    Message answer = new Message(query.getHeader().getID());
    Header header = answer.getHeader();
    header.setFlag(Flags.QR);
    header.setOpcode(query.getHeader().getOpcode());
    if (query.getHeader().getFlag(Flags.RD)) {
      // RFC 1035 section 4.1.1: RD is copied; RA stays clear because this server does not recurse
      header.setFlag(Flags.RD);
    }
    List<Record> asked = query.getSection(Section.QUESTION);
    asked.forEach(question -> answer.addRecord(question, Section.QUESTION));
    OPTRecord opt = query.getOPT();
    if (opt != null) {
      // RFC 6891 sections 6.1.1 and 6.1.3: the response to a query with an OPT has one too; only version 0 exists.
      boolean badVersion = opt.getVersion() > 0;
      answer.addRecord(
          new OPTRecord(LARGE_UDP, badVersion ? Rcode.BADVERS >> 4 : 0, 0, opt.getFlags() & ExtendedFlags.DO),
          Section.ADDITIONAL);
      if (badVersion) {
        return answer;
      }
    }
    header.setRcode(rcode(query, asked, answer));
    return answer;
  }

  private int rcode(Message query, List<Record> asked, Message answer) {
    if (query.getHeader().getOpcode() != Opcode.QUERY) {
      return Rcode.NOTIMP;
    }
    if (asked.size() != 1) {
      return Rcode.FORMERR; // RFC 9619 section 4
    }
    Record question = asked.getFirst();
    ZoneTree zone = question.getDClass() == DClass.IN ? zone(question.getName()) : null;
    if (zone == null) {
      return Rcode.REFUSED;
    }
    answer.getHeader().setFlag(Flags.AA);
    return search(zone, question.getName(), question.getType(), answer);
  }

  /** Searches for records and follows aliases while they stay in the served zones (RFC 1034 section 4.3.2). */
  private int search(ZoneTree first, Name name, int type, Message answer) {
    ZoneTree zone = first;
    Name owner = name;
    for (int aliases = 0; zone != null && aliases <= MAX_ALIASES; aliases++) {
      ZoneTree.Answer found = zone.find(owner, type);
      if (!(found instanceof ZoneTree.Answer.Alias(CNAMERecord alias))) {
        return conclude(zone, found, answer);
      }
      answer.addRecord(alias, Section.ANSWER);
      owner = alias.getTarget();
      zone = zone(owner);
    }
    return Rcode.NOERROR;
  }

  private static int conclude(ZoneTree zone, ZoneTree.Answer found, Message answer) {
    switch (found) {
      case ZoneTree.Answer.Records(var records) -> records.forEach(r -> answer.addRecord(r, Section.ANSWER));
      case ZoneTree.Answer.Alias(var alias) -> answer.addRecord(alias, Section.ANSWER);
      case ZoneTree.Answer.Referral(var servers, var glue) -> {
        if (answer.getSection(Section.ANSWER).isEmpty()) {
          // RFC 1035 section 4.1.1: AA refers to the first name in the answer section
          answer.getHeader().unsetFlag(Flags.AA);
        }
        servers.forEach(r -> answer.addRecord(r, Section.AUTHORITY));
        glue.forEach(r -> answer.addRecord(r, Section.ADDITIONAL));
      }
      case ZoneTree.Answer.NoData none -> answer.addRecord(zone.soa(), Section.AUTHORITY); // RFC 2308 section 3
      case ZoneTree.Answer.NameError none ->
        answer.addRecord(zone.soa(), Section.AUTHORITY); // RFC 2308 section 3
    }
    return found instanceof ZoneTree.Answer.NameError ? Rcode.NXDOMAIN : Rcode.NOERROR;
  }

  private @Nullable ZoneTree zone(Name name) {
    ZoneTree closest = null;
    for (Served served : zones) {
      ZoneTree zone = served.tree();
      if (name.subdomain(zone.origin()) && (closest == null || zone.origin().labels() > closest.origin().labels())) {
        closest = zone;
      }
    }
    return closest;
  }
}
