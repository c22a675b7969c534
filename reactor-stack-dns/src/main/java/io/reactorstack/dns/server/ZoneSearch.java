package io.reactorstack.dns.server;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The search for one question, which fills the sections of the response (RFC 1034 section 4.3.2). It follows aliases and
 * redirections while they stay in the served zones.
 */
final class ZoneSearch {

  private static final int MAX_ALIASES = 16;

  /** The number of names for which the additional section may have addresses. */
  private static final int MAX_TARGETS = 32;

  private final ServedZones zones;
  private final Message response;
  private final boolean oneSet;

  /** The records at the start of the additional section without which the response is useless. */
  private int needed;

  /**
   * Creates a search.
   *
   * @param response the response without records
   * @param oneSet whether one set of records answers a query for all types (RFC 8482 section 4.1)
   */
  ZoneSearch(ServedZones zones, Message response, boolean oneSet) {
    this.zones = zones;
    this.response = response;
    this.oneSet = oneSet;
  }

  /**
   * The number of records at the start of the additional section that the client needs to use the referral (RFC 9471
   * section 3.1).
   */
  int needed() {
    return needed;
  }

  /** Searches from {@code zone} and returns the response code, which is that of the last name (RFC 2308 section 2.1). */
  int search(ZoneTree zone, Name name, int type) {
    ZoneTree searched = zone;
    Name owner = name;
    Set<Name> visited = new HashSet<>();
    response.getHeader().setFlag(Flags.AA);
    while (searched != null && visited.add(owner) && visited.size() <= MAX_ALIASES + 1) {
      CNAMERecord alias;
      switch (searched.find(owner, type)) {
        case ZoneTree.Answer.Alias found -> alias = found.alias();
        case ZoneTree.Answer.Redirection found -> {
          if (!response.findRecord(found.dname(), Section.ANSWER)) {
            response.addRecord(found.dname(), Section.ANSWER);
          }
          if (found.alias() == null) {
            return Rcode.YXDOMAIN; // RFC 6672 section 3.2: the new name would be too long
          }
          alias = found.alias();
        }
        case ZoneTree.Answer last -> {
          return conclude(searched, last);
        }
      }
      response.addRecord(alias, Section.ANSWER);
      owner = alias.getTarget();
      searched = type == Type.CNAME ? null : zones.zone(owner, type);
    }
    return Rcode.NOERROR;
  }

  private int conclude(ZoneTree zone, ZoneTree.Answer last) {
    switch (last) {
      case ZoneTree.Answer.Records(var records) -> answer(records);
      case ZoneTree.Answer.Referral referral -> refer(referral);
      default -> response.addRecord(zone.negativeSoa(), Section.AUTHORITY);
    }
    return last instanceof ZoneTree.Answer.NameError ? Rcode.NXDOMAIN : Rcode.NOERROR;
  }

  private void answer(List<Record> records) {
    int first = records.getFirst().getType();
    List<Record> sent = oneSet ? records.stream().filter(r -> r.getType() == first).toList() : records;
    sent.forEach(r -> response.addRecord(r, Section.ANSWER));
    Set<Name> targets = new LinkedHashSet<>();
    for (Record each : sent) {
      Name target = each.getAdditionalName();
      if (target != null && targets.size() < MAX_TARGETS) {
        targets.add(target);
      }
    }
    for (Name target : targets) {
      addAddresses(target, Type.A);
      addAddresses(target, Type.AAAA);
    }
  }

  private void addAddresses(Name target, int type) {
    ZoneTree zone = zones.zone(target, type);
    if (zone != null && !response.findRRset(target, type, Section.ANSWER)) {
      zone.addresses(target, type).forEach(r -> response.addRecord(r, Section.ADDITIONAL));
    }
  }

  private void refer(ZoneTree.Answer.Referral referral) {
    if (response.getSection(Section.ANSWER).isEmpty()) {
      // RFC 1035 section 4.1.1: AA refers to the first name in the answer section
      response.getHeader().unsetFlag(Flags.AA);
    }
    referral.servers().forEach(r -> response.addRecord(r, Section.AUTHORITY));
    referral.glue().forEach(r -> response.addRecord(r, Section.ADDITIONAL));
    referral.siblings().forEach(r -> response.addRecord(r, Section.ADDITIONAL));
    needed = referral.glue().size();
  }
}
