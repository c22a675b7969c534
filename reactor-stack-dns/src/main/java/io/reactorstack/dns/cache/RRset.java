package io.reactorstack.dns.cache;

import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Records;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/**
 * All records of a name and type, with one time to live (RFC 2181 section 5). Immutable.
 *
 * <p>The fields of an alias or an address set are computed when they are first read, and may be computed twice by two
 * threads, with the same result.
 */
public final class RRset implements Known {

  /** The estimated size of the objects of a set and of a record, in octets. */
  private static final int SET_OVERHEAD = 64;
  private static final int RECORD_OVERHEAD = 56;

  private static final long NANOS = 1_000_000_000L;

  private final Name name;
  private final int type;
  private final Trust trust;
  private final int ttl;
  private final long expiry;
  private final Record[] records;
  private final int weight;
  private @Nullable List<IpAddress> addresses;

  private RRset(Name name, int type, Trust trust, int ttl, long expiry, Record[] records, int weight) {
    this.name = name;
    this.type = type;
    this.trust = trust;
    this.ttl = ttl;
    this.expiry = expiry;
    this.records = records;
    this.weight = weight;
  }

  /**
   * Creates a set that starts now. The lowest time to live of the records applies to all (RFC 2181 section 5.2).
   *
   * @param records at least one, all of the same name and type
   * @param now the time in nanoseconds
   */
  public static RRset of(List<? extends Record> records, Trust trust, long now) {
    Record first = records.getFirst();
    long ttl = records.stream().mapToLong(Record::getTTL).min().orElse(0);
    int weight = SET_OVERHEAD;
    for (Record r : records) {
      weight += RECORD_OVERHEAD + dataLength(r);
    }
    return new RRset(first.getName(), first.getType(), trust, (int) Math.min(ttl, Integer.MAX_VALUE),
        now + ttl * NANOS, records.toArray(Record[]::new), weight);
  }

  private static int dataLength(Record r) {
    return switch (r) {
      case ARecord a -> 4;
      case AAAARecord aaaa -> 16;
      case CNAMERecord alias -> alias.getTarget().length();
      default -> r.toWire(Section.ANSWER).length - r.getName().length();
    };
  }

  /** Returns this set with a time to live of at most {@code seconds}, counted from {@code now}. */
  RRset limited(long seconds, long now) {
    return ttl <= seconds ? this : until(now + seconds * NANOS, (int) seconds);
  }

  /** Returns this set with an end that is not after {@code latest}. */
  RRset endingBy(long latest) {
    return expiry - latest <= 0 ? this : until(latest, ttl);
  }

  /** Returns this set, which has ended, with {@code seconds} to live from {@code now} on (RFC 8767 section 4). */
  public RRset revived(long seconds, long now) {
    return until(now + seconds * NANOS, (int) seconds);
  }

  private RRset until(long end, int seconds) {
    return new RRset(name, type, trust, seconds, end, records, weight);
  }

  /** The owner of the records. */
  public Name name() {
    return name;
  }

  /** The number of the type. */
  public int type() {
    return type;
  }

  /** The trust in the set. */
  public Trust trust() {
    return trust;
  }

  /** The time to live with which the set was received, in seconds. */
  public int ttl() {
    return ttl;
  }

  /** The time at which the set ends, in nanoseconds of the clock. */
  @Override
  public long expiry() {
    return expiry;
  }

  /** Returns the remaining time to live in whole seconds; 0 if it has ended. */
  public long ttl(long now) {
    return Math.max(0, (expiry - now) / NANOS);
  }

  /** The records, in the order in which they were received. Their own times to live do not count. */
  public List<Record> records() {
    return List.of(records);
  }

  /** Returns the records as values with {@code seconds} to live. */
  public List<DnsRecord> values(long seconds) {
    String owner = Names.text(name);
    RecordType kind = RecordType.of(type);
    Duration left = Duration.ofSeconds(seconds);
    List<DnsRecord> values = new ArrayList<>(records.length);
    for (Record r : records) {
      values.add(new DnsRecord(owner, kind, left, Records.data(r)));
    }
    return values;
  }

  /** The addresses of a set of A or AAAA records, without repetitions. */
  public List<IpAddress> addresses() {
    List<IpAddress> known = addresses;
    if (known == null) {
      known = List.of(records).stream().map(Records::address).distinct().toList();
      addresses = known;
    }
    return known;
  }

  /** The target of a CNAME or DNAME record. */
  public Name target() {
    return switch (records[0]) {
      case CNAMERecord alias -> alias.getTarget();
      case DNAMERecord tree -> tree.getTarget();
      default -> throw new IllegalStateException("no alias: " + this);
    };
  }

  /** The estimated size in octets. */
  int weight() {
    return weight;
  }

  /** Returns the owner, the type, the trust and the number of records. */
  @Override
  public String toString() {
    return Names.text(name) + " type " + type + " " + trust + ", records " + records.length;
  }
}
