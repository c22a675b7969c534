package io.reactorstack.dns;

import io.reactorstack.packet.IpAddress;
import java.util.List;
import org.xbill.DNS.Name;

/** The outcome of a question and its time to live in seconds; an outcome with 0 must not be cached. */
sealed interface DnsOutcome {

  /** The number of seconds for which the outcome may be reused for the same question. */
  long ttl();

  /** The name has these addresses. */
  record Found(Name canonicalName, List<IpAddress> addresses, long ttl) implements DnsOutcome {}

  /** No address exists, or none could be determined. */
  record Failed(DnsException.Reason reason, long ttl) implements DnsOutcome {}
}
