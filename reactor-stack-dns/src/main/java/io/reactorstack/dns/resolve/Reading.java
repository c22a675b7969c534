package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.Absence;
import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.outcome.DnsException.Reason;
import java.util.List;
import org.xbill.DNS.Name;

/** The meaning of a response for a question. Aliases are the CNAME and DNAME records from the question's name on. */
public sealed interface Reading {

  /** The aliases that lead to the result; empty if there are none. */
  default List<RRset> aliases() {
    return List.of();
  }

  /** The records asked for: one set, or all sets of the name for a query of all types. */
  record Records(List<RRset> aliases, List<RRset> sets) implements Reading {}

  /** The name is an alias, and the response has nothing that may be used about its target. */
  record Alias(List<RRset> aliases, Name target) implements Reading {}

  /** {@code name}, which is the name asked for or the last alias, or its data does not exist. */
  record Absent(List<RRset> aliases, Name name, Absence absence) implements Reading {}

  /** The servers of a zone that is closer to the name, and those of their addresses that the response may tell. */
  record Referral(RRset servers, List<RRset> glue) implements Reading {

    /** The delegated zone. */
    Name zone() {
      return servers.name();
    }
  }

  /** The aliases can lead to no records, whichever server is asked. */
  record Broken(List<RRset> aliases, Reason reason) implements Reading {}

  /** The server does not serve the zone that it is said to serve. */
  record Lame(String detail) implements Reading {}

  /** The server has no usable answer, or no server has. */
  record Failed(Reason reason, String detail) implements Reading {}
}
