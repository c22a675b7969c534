package io.reactorstack.dns.server;

import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordData;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Records;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * The records of one domain. Immutable: each method that adds something returns a changed copy.
 *
 * <pre>{@code
 * Zone zone = Zone.of("example.lab")
 *     .address("www", IpAddress.parse("10.0.0.3"))
 *     .alias("web", "www")
 *     .mail("@", 10, "mx.example.net.")
 *     .delegate("sub", "ns.sub", IpAddress.parse("10.0.0.4"))
 *     .record("@", RecordType.CAA, new RecordData.Caa(0, "issue", "ca.example.net"));
 * }</pre>
 *
 * <p>Names are relative to the origin unless they end with a dot; the origin itself is {@code @}. Non-ASCII labels become A-labels (RFC 5890). A name whose first
 * label is {@code *} is a wildcard: it stands for all names below its parent that do not exist, however many labels
 * they have (RFC 4592). The names in a {@link RecordData} and in a {@link DnsRecord} are absolute, as everywhere.
 *
 * <p>A method that adds records throws an {@link IllegalArgumentException} if
 * <ul>
 * <li>a text is not a domain name, or the owner of a record is not in the zone;
 * <li>a name would be an alias and have other data, or a second target (RFC 1034 section 3.6.2); the origin, which has
 * an SOA record, is never an alias;
 * <li>a name would redirect to two targets, or have records below it although it redirects (RFC 6672 section 2.4), or a
 * wildcard would redirect (RFC 4592 section 4.4);
 * <li>a name at or below a delegation would have other data than the delegation itself and the addresses of name
 * servers;
 * <li>an address is a link-local IPv4 address, which would be another host elsewhere (RFC 3927 section 1.4).
 * </ul>
 * Not checked, because the target may be in another zone: the targets of NS and MX records must not be aliases (RFC 2181
 * section 10.3).
 *
 * <p>A zone that is not given an SOA record, or no NS record at its origin, gets generated ones, whose server is {@code
 * ns} below the origin.
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
    return of(name(Checks.text("origin", origin), Name.root));
  }

  /** Returns an empty zone with the default times to live. */
  static Zone of(Name origin) {
    return new Zone(origin, Duration.ofSeconds(60), Duration.ofSeconds(30), List.of());
  }

  /**
   * Reads a zone file (RFC 1035 section 5) with the directives {@code $ORIGIN}, {@code $TTL} (RFC 2308 section 4) and
   * {@code $GENERATE}; {@code $INCLUDE} is refused, because there is no folder to which a file name would be relative.
   *
   * <p>Reads on the caller's thread, until the end of {@code text}, and does not close it.
   *
   * @param origin the name of the zone, to which names without a dot at their end are relative
   * @throws IOException if {@code text} cannot be read
   * @throws IllegalArgumentException if the text is not a zone file, or breaks a rule of this class; the message starts
   *     with the line
   */
  public static Zone parse(String origin, Reader text) throws IOException {
    return ZoneFile.read(name(Checks.text("origin", origin), Name.root), Checks.given("text", text));
  }

  /**
   * Reads the zone file {@code file}. Its first names must be absolute, or follow {@code $ORIGIN}; the owner of its SOA
   * record is the name of the zone.
   *
   * <p>{@code $INCLUDE} reads another file, whose name is relative to the folder of the file with the directive; the
   * other file must be in the folder of {@code file} or below it. Reads on the caller's thread.
   *
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if a file is not a zone file, has no SOA record, or breaks a rule of this class; the
   *     message starts with the file and the line
   */
  public static Zone load(Path file) throws IOException {
    return ZoneFile.load(null, Checks.given("file", file));
  }

  /**
   * Reads the zone file {@code file} of the zone {@code origin}; see {@link #load(Path)}. Names without a dot at their
   * end are relative to {@code origin}, and the file need not have an SOA record.
   *
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if a file is not a zone file, or breaks a rule of this class; the message starts
   *     with the file and the line
   */
  public static Zone load(String origin, Path file) throws IOException {
    return ZoneFile.load(name(Checks.text("origin", origin), Name.root), Checks.given("file", file));
  }

  /** Sets the time to live of the records added after this call, in whole seconds; zero to 2<sup>31</sup> - 1 s. */
  public Zone timeToLive(Duration timeToLive) {
    return new Zone(origin, ttl("timeToLive", timeToLive), negativeTimeToLive, records);
  }

  /**
   * Sets the time to live of negative answers (no such name, or no such data), in whole seconds (RFC 2308 section 3). It
   * has no effect on a zone with an SOA record of its own, which has that time.
   */
  public Zone negativeTimeToLive(Duration timeToLive) {
    return new Zone(origin, this.timeToLive, ttl("negativeTimeToLive", timeToLive), records);
  }

  /**
   * Adds addresses to {@code name}.
   *
   * @throws IllegalArgumentException as described above
   */
  public Zone address(String name, IpAddress... addresses) {
    Name owner = owner("name", name);
    return with(addresses(owner, Checks.all("addresses", addresses)));
  }

  private List<Record> addresses(Name owner, List<IpAddress> addresses) {
    return addresses.stream()
        .map(address -> coded(owner, address.isV4() ? RecordType.A : RecordType.AAAA, new RecordData.Address(address)))
        .toList();
  }

  /**
   * Makes {@code name} an alias of {@code target}, which may be in another zone.
   *
   * @throws IllegalArgumentException as described above
   */
  public Zone alias(String name, String target) {
    return with(coded(owner("name", name), RecordType.CNAME, target("target", target)));
  }

  /**
   * Redirects all names below {@code name}, but not {@code name} itself, to the same names below {@code target}, which
   * may be in another zone (RFC 6672).
   *
   * @throws IllegalArgumentException as described above
   */
  public Zone dname(String name, String target) {
    return with(coded(owner("name", name), RecordType.DNAME, target("target", target)));
  }

  /**
   * Adds a mail server to {@code name} (RFC 5321 section 5.1).
   *
   * @param preference 0 to 65535; servers with lower values are tried first
   * @param exchange the server's name, which must not be an alias; {@code "."} if the domain accepts no mail (RFC 7505)
   * @throws IllegalArgumentException as described above
   */
  public Zone mail(String name, int preference, String exchange) {
    Name owner = owner("name", name);
    return with(coded(owner, RecordType.MX, new RecordData.Mx(preference, absolute("exchange", exchange).toString())));
  }

  /**
   * Adds a text to {@code name}.
   *
   * @param strings the parts of the text, at least one, of at most 255 octets each in UTF-8
   * @throws IllegalArgumentException as described above
   */
  public Zone text(String name, String... strings) {
    Name owner = owner("name", name);
    return with(coded(owner, RecordType.TXT, new RecordData.Txt(Checks.all("strings", strings))));
  }

  /**
   * Adds a host of a service (RFC 2782).
   *
   * @param name the service and the protocol, such as {@code _ldap._tcp}
   * @param priority 0 to 65535; hosts with lower values are tried first
   * @param weight 0 to 65535; the share of the host among those of its priority
   * @param port 0 to 65535
   * @param target the host's name, which must not be an alias; {@code "."} if the service does not exist
   * @throws IllegalArgumentException as described above
   */
  public Zone service(String name, int priority, int weight, int port, String target) {
    Name owner = owner("name", name);
    return with(coded(owner, RecordType.SRV,
        new RecordData.Srv(priority, weight, port, absolute("target", target).toString())));
  }

  /**
   * Gives {@code address} a name, in a zone below {@code in-addr.arpa} or {@code ip6.arpa}.
   *
   * @param target the name; absolute even without a dot at its end, since no host has a name in such a zone
   * @throws IllegalArgumentException as described above, also if the address belongs to another zone
   */
  public Zone pointer(IpAddress address, String target) {
    Name owner = ReverseMap.fromAddress(Checks.given("address", address).toInetAddress());
    return with(coded(owner, RecordType.PTR,
        new RecordData.Target(name(Checks.text("target", target), Name.root).toString())));
  }

  /**
   * Delegates {@code child} and all names below it to another zone. A second call with the same child adds a server.
   *
   * @param child the name of the delegated zone
   * @param nameServer the name of a server of that zone, which must not be an alias
   * @param glue the addresses of the server if its name is in a zone that this zone delegates: nobody could find the
   *     server without them. None for a server with a name elsewhere
   * @throws IllegalArgumentException as described above; also if {@code child} is the origin, the server needs glue and
   *     has none, or has glue and needs none
   */
  public Zone delegate(String child, String nameServer, IpAddress... glue) {
    Name cut = owner("child", child);
    Name server = absolute("nameServer", nameServer);
    List<IpAddress> addresses = Checks.all("glue", glue);
    if (cut.equals(origin)) {
      throw new IllegalArgumentException(
          "the zone " + origin + " cannot delegate itself: add its servers with nameServer");
    }
    if (!addresses.isEmpty() && !server.subdomain(cut) && !ZoneCheck.isDelegated(server, origin, records)) {
      throw new IllegalArgumentException(
          server + " is not in a delegated zone, so its addresses are not glue of " + cut);
    }
    if (addresses.isEmpty() && server.subdomain(cut) && !hasAddress(server)) {
      throw new IllegalArgumentException(server + " is in the delegated zone " + cut + ", so its addresses are needed");
    }
    List<Record> added = new ArrayList<>();
    added.add(coded(cut, RecordType.NS, new RecordData.Target(server.toString())));
    added.addAll(addresses(server, addresses));
    return with(added);
  }

  private boolean hasAddress(Name name) {
    return records.stream()
        .anyMatch(r -> (r.getType() == Type.A || r.getType() == Type.AAAA) && r.getName().equals(name));
  }

  /**
   * Adds a server of this zone, which replaces the generated one.
   *
   * @param name the server's name, which must not be an alias
   */
  public Zone nameServer(String name) {
    return with(coded(origin, RecordType.NS, target("name", name)));
  }

  /**
   * Adds a record of any type, with the present {@linkplain #timeToLive time to live}.
   *
   * @param data the data of {@code type}; names in it are absolute
   * @throws IllegalArgumentException as described above; also if the data is not of the type, or {@code type} is one that
   *     only queries have
   */
  public Zone record(String name, RecordType type, RecordData data) {
    Name owner = owner("name", name);
    return with(coded(owner, Checks.given("type", type), Checks.given("data", data)));
  }

  /**
   * Adds records, with their own times to live.
   *
   * @throws IllegalArgumentException as described above; then none is added
   */
  public Zone records(Collection<DnsRecord> records) {
    List<Record> added = new ArrayList<>();
    for (DnsRecord value : Checks.given("records", records)) {
      added.add(Records.coded(Checks.given("one of records", value)));
    }
    return with(added);
  }

  /**
   * Returns all records with the generated ones: the SOA record first, the others by name in canonical order (RFC 4034
   * section 6.1) and by type.
   */
  public List<DnsRecord> records() {
    return tree().records().stream().map(r -> Records.value(r, r.getTTL())).toList();
  }

  /** Returns the zone, with the generated records, as a zone file that {@link #parse} reads. */
  public String zoneFile() {
    return ZoneFile.text(origin, tree().records());
  }

  private Zone with(Record added) {
    return with(List.of(added));
  }

  private Zone with(List<Record> added) {
    ZoneCheck.Fault fault = fault(added);
    if (fault != null) {
      throw new IllegalArgumentException(fault.message());
    }
    return withChecked(added);
  }

  /** Returns a fault that this zone would have with {@code added}, or {@code null}. */
  ZoneCheck.@Nullable Fault fault(List<Record> added) {
    return ZoneCheck.fault(origin, records, added);
  }

  /** Adds records for which {@link #fault} has returned {@code null}. */
  Zone withChecked(List<Record> added) {
    List<Record> all = new ArrayList<>(records);
    all.addAll(added);
    return new Zone(origin, timeToLive, negativeTimeToLive, all);
  }

  /** Returns the zone in the form that queries search, with the SOA and NS records that every zone has. */
  ZoneTree tree() {
    List<Record> all = new ArrayList<>(records);
    SOARecord own = null;
    NSRecord server = null;
    for (Record r : records) {
      if (r instanceof SOARecord soa) {
        own = soa;
      } else if (server == null && r instanceof NSRecord ns && ns.getName().equals(origin)) {
        server = ns;
      }
    }
    if (server == null) {
      server = new NSRecord(origin, DClass.IN, timeToLive.toSeconds(), name("ns", origin));
      all.add(server);
    }
    long negative = negativeTimeToLive.toSeconds();
    SOARecord soa = own != null
        ? own
        : new SOARecord(origin, DClass.IN, negative, server.getTarget(), name("hostmaster", origin), 1, 3600, 600,
            86400, negative);
    return new ZoneTree(origin, soa, all);
  }

  private Record coded(Name owner, RecordType type, RecordData data) {
    return Records.coded(owner, type, timeToLive.toSeconds(), data);
  }

  private RecordData target(String parameter, String text) {
    return new RecordData.Target(absolute(parameter, text).toString());
  }

  private Name absolute(String parameter, String text) {
    return name(Checks.text(parameter, text), origin);
  }

  /** Returns the absolute name of {@code text}; throws if it is not in this zone. */
  private Name owner(String parameter, String text) {
    Name owner = absolute(parameter, text);
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
    return text.equals("@") ? origin : Names.of(text, origin);
  }
}
