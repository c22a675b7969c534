package io.reactorstack.dns.server;

import io.reactorstack.dns.wire.Records;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.xbill.DNS.Record;

/**
 * The records of one name and type (RFC 2181 section 5). All have the same time to live, and none occurs twice.
 *
 * <p>dnsjava's {@code RRset} is not used because it does not hold RRSIG records that cover different types.
 */
final class RecordSet {

  private final List<Record> records = new ArrayList<>();
  /** The same records; dnsjava compares them without their TTL. */
  private final Set<Record> known = new HashSet<>();
  private int first;

  void add(Record added) {
    // RFC 2181 section 5.2: if the TTLs differ, the lowest applies to all.
    long lowest = records.isEmpty() ? added.getTTL() : Math.min(records.getFirst().getTTL(), added.getTTL());
    if (!records.isEmpty() && records.getFirst().getTTL() > lowest) {
      records.replaceAll(r -> withTtl(r, lowest));
    }
    if (known.add(added)) {
      records.add(withTtl(added, lowest));
    }
  }

  private static Record withTtl(Record known, long ttl) {
    return known.getTTL() == ttl ? known : Records.withTtl(known, ttl);
  }

  /** Returns the records in the order in which they were added. */
  List<Record> records() {
    return List.copyOf(records);
  }

  /** Returns the records in an order that rotates with each call. */
  List<Record> rotated() {
    if (records.size() == 1) {
      return records();
    }
    List<Record> rotated = new ArrayList<>(records);
    Collections.rotate(rotated, -first);
    first = (first + 1) % records.size();
    return rotated;
  }
}
