package io.reactorstack.dns;

import io.reactorstack.dns.outcome.DnsPath;
import io.reactorstack.dns.outcome.ExtendedError;
import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordType;
import java.util.List;

/**
 * The records that answer a query.
 *
 * @param name the name that was asked for, without the trailing dot
 * @param type the type that was asked for
 * @param aliases the CNAME and DNAME records that lead from the name to the name of the records; empty if it has no alias
 * @param records the records, with their remaining times to live; at least one
 * @param isStale whether the records have ended and could not be renewed (RFC 8767)
 * @param errors details that servers gave (RFC 8914)
 * @param path the queries that were sent to get the records; empty if the cache had them
 */
public record DnsResponse(
    String name,
    RecordType type,
    List<DnsRecord> aliases,
    List<DnsRecord> records,
    boolean isStale,
    List<ExtendedError> errors,
    DnsPath path) {

  /** Copies the lists. */
  public DnsResponse {
    aliases = List.copyOf(aliases);
    records = List.copyOf(records);
    errors = List.copyOf(errors);
  }

  /** The name that the records belong to: the name asked for, or the last of its aliases (RFC 1034 section 5.2.2). */
  public String canonicalName() {
    return records.isEmpty() ? name : records.getFirst().name();
  }
}
