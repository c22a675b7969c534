package io.reactorstack.dns;

import io.reactorstack.packet.IpAddress;
import java.util.List;
import org.xbill.DNS.Name;

/** What a question came to, and for how many seconds that holds; 0 for what must not be kept. */
sealed interface DnsOutcome {

  /** Seconds for which the outcome may answer the same question again. */
  long ttl();

  /** The name has these addresses. */
  record Found(Name canonicalName, List<IpAddress> addresses, long ttl) implements DnsOutcome {}

  /** There is no such address, or none could be learnt. */
  record Failed(DnsException.Reason reason, long ttl) implements DnsOutcome {}
}
