package io.reactorstack.dns.configuration;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.wire.Names;
import org.xbill.DNS.Name;

/** Parses the names of hosts. */
public final class HostNameRules {

  private HostNameRules() {}

  /**
   * Returns the absolute name of {@code host}, which may have a trailing dot; non-ASCII labels become A-labels (RFC
   * 5890).
   *
   * @throws DnsException if it is not the name of a host
   */
  public static Name absolute(String host) throws DnsException {
    try {
      Name name = Names.absolute(host);
      if (name.equals(Name.root)) {
        throw new DnsException(host, Reason.INVALID_NAME);
      }
      return name;
    } catch (IllegalArgumentException e) {
      DnsException invalid = new DnsException(host, Reason.INVALID_NAME);
      invalid.initCause(e);
      throw invalid;
    }
  }
}
