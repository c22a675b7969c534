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

/** The answers of an authoritative server to queries (RFC 1034 section 4.3.2): octets in, octets out, no I/O. */
final class ZoneAnswers {

  /** RFC 1035 section 4.2.1: the largest datagram to someone who did not say that he takes more. */
  static final int PLAIN_UDP = 512;

  /** RFC 9715 section 3: the largest datagram at all, small enough never to be cut on its way. */
  static final int LARGE_UDP = 1232;

  private static final int MAX_ALIASES = 16;

  private final List<Served> zones;

  /** Answers from the zones as they are at each query. */
  ZoneAnswers(List<? extends Supplier<? extends Zone>> zones) {
    this.zones = zones.stream().map(Served::new).toList();
  }

  /** Answers from zones that never change. */
  static ZoneAnswers of(Zone... zones) {
    return new ZoneAnswers(Stream.of(zones).<Supplier<Zone>>map(zone -> () -> zone).toList());
  }

  /** A zone, and its tree for as long as it is the same. */
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

  /** The answer to a query that came in a datagram; {@code null} if it deserves none. */
  byte @Nullable [] overUdp(byte[] octets) {
    Message query = parse(octets);
    if (query == null) {
      return complaint(octets);
    }
    OPTRecord opt = query.getOPT();
    // RFC 6891 section 6.2.3: sizes below 512 count as 512.
    int limit = opt == null ? PLAIN_UDP : Math.min(LARGE_UDP, Math.max(PLAIN_UDP, opt.getPayloadSize()));
    return answer(query).toWire(limit);
  }

  /** The answer to a query that came over TCP; {@code null} if it deserves none. */
  byte @Nullable [] overTcp(byte[] octets) {
    Message query = parse(octets);
    return query == null ? complaint(octets) : answer(query).toWire(Message.MAXLENGTH);
  }

  private static @Nullable Message parse(byte[] octets) {
    try {
      Message query = new Message(octets);
      return query.getHeader().getFlag(Flags.QR) ? null : query;
    } catch (IOException | RuntimeException e) {
      return null; // dnsjava reports most malformed messages by IOException, odd values in records by others
    }
  }

  /** FORMERR to a malformed query; nothing to a response, or two servers could talk for ever. */
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
      header.setFlag(Flags.RD); // RFC 1035 section 4.1.1: copied; RA stays clear, this server does not recurse
    }
    List<Record> asked = query.getSection(Section.QUESTION);
    asked.forEach(question -> answer.addRecord(question, Section.QUESTION));
    OPTRecord opt = query.getOPT();
    if (opt != null) {
      // RFC 6891 sections 6.1.1 and 6.1.3: an OPT is answered by an OPT; version 0 is all there is.
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

  /** RFC 1034 section 4.3.2: aliases are followed as long as they stay in our zones. */
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
          answer.getHeader().unsetFlag(Flags.AA); // RFC 1035 section 4.1.1: AA speaks of the first name
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
