package io.reactorstack.dns.server;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TextParseException;

/**
 * The records of one domain. Immutable: each method that adds something returns a changed copy.
 *
 * <p>Names are relative to the origin unless they end with a dot; the origin itself is {@code @}. A name whose first
 * label is {@code *} is a wildcard: it stands for all names below its parent that do not exist, however many labels
 * they have (RFC 4592).
 */
public final class Zone {

  private final Name origin;
  private final Duration timeToLive;
  private final Duration negativeTimeToLive;
  private final List<Record> records;

  private Zone(Name origin, Duration timeToLive, Duration negativeTimeToLive, List<Record> records) {
    this.origin = origin;
    this.timeToLive = timeToLive;
    this.negativeTimeToLive = negativeTimeToLive;
    this.records = List.copyOf(records);
  }

  /**
   * Returns an empty zone, such as {@code of("example.lab")}. By default, records have a time to live of 60 s and
   * negative answers one of 30 s.
   *
   * @throws IllegalArgumentException if the text is not a domain name
   */
  public static Zone of(String origin) {
    return new Zone(name(Checks.text("origin", origin), Name.root), Duration.ofSeconds(60), Duration.ofSeconds(30),
        List.of());
  }

  /** Sets the time to live of the records added after this call, in whole seconds; zero to 2<sup>31</sup> - 1 s. */
  public Zone timeToLive(Duration timeToLive) {
    return new Zone(origin, ttl("timeToLive", timeToLive), negativeTimeToLive, records);
  }

  /**
   * Sets the time to live of negative answers (no such name, or no such data), in whole seconds (RFC 2308 section 3).
   */
  public Zone negativeTimeToLive(Duration timeToLive) {
    return new Zone(origin, this.timeToLive, ttl("negativeTimeToLive", timeToLive), records);
  }

  /**
   * Adds addresses to {@code name}.
   *
   * @throws IllegalArgumentException if the text is not a domain name, the name is not in this zone, or an address is a
   *     link-local IPv4 address, which would be another host elsewhere (RFC 3927 section 1.4)
   */
  public Zone address(String name, IpAddress... addresses) {
    Name owner = owner(name);
    List<Record> added = new ArrayList<>(records);
    for (IpAddress address : Checks.all("addresses", addresses)) {
      if (address instanceof Ipv4Address v4 && v4.isLinkLocal()) {
        throw new IllegalArgumentException("the link-local address " + v4 + " cannot be in the DNS");
      }
      added.add(address.isV4()
          ? new ARecord(owner, DClass.IN, timeToLive.toSeconds(), address.toInetAddress())
          : new AAAARecord(owner, DClass.IN, timeToLive.toSeconds(), address.toInetAddress()));
    }
    return new Zone(origin, timeToLive, negativeTimeToLive, added);
  }

  /**
   * Makes {@code name} an alias of {@code target}, which may be in another zone.
   *
   * @throws IllegalArgumentException if a text is not a domain name, or {@code name} is not in this zone
   */
  public Zone alias(String name, String target) {
    List<Record> added = new ArrayList<>(records);
    added.add(
        new CNAMERecord(owner(name), DClass.IN, timeToLive.toSeconds(), name(Checks.text("target", target), origin)));
    return new Zone(origin, timeToLive, negativeTimeToLive, added);
  }

  /** The origin, which is the name of the zone. */
  Name origin() {
    return origin;
  }

  /** Returns the zone in the form that queries search, with the SOA and NS records that every zone has. */
  ZoneTree tree() {
    List<Record> all = new ArrayList<>(records);
    Name server = name("ns", origin);
    long negative = negativeTimeToLive.toSeconds();
    SOARecord soa = new SOARecord(origin, DClass.IN, negative, server, name("hostmaster", origin), 1, 3600, 600, 86400,
        negative);
    all.add(new NSRecord(origin, DClass.IN, timeToLive.toSeconds(), server));
    return new ZoneTree(origin, soa, all);
  }

  /** Returns the absolute name of {@code text}; throws if it is not in this zone. */
  private Name owner(String text) {
    Name owner = name(Checks.text("name", text), origin);
    if (!owner.subdomain(origin)) {
      throw new IllegalArgumentException(owner + " is not in the zone " + origin);
    }
    return owner;
  }

  private static Duration ttl(String name, Duration value) {
    // RFC 2181 section 8: a TTL has 31 bits.
    return Checks.range(name, value, Duration.ZERO, Duration.ofSeconds(Integer.MAX_VALUE));
  }

  private static Name name(String text, Name origin) {
    try {
      return text.equals("@") ? origin : Name.fromString(text, origin);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("not a domain name: '" + text + "'", e);
    }
  }
}
