package io.reactorstack.dns.configuration;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.setting.Checks;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;

/**
 * The domains that are appended to an incomplete name (RFC 1123 section 6.1.4.3).
 *
 * @param domains absolute names, in the order in which they are tried
 * @param ndots a name with at least this many dots is first tried without a domain
 */
public record SearchList(List<Name> domains, int ndots) {

  /** No domain. */
  public static final SearchList NONE = new SearchList(List.of(), 1);

  /** Copies the list and checks the range. */
  public SearchList {
    domains = List.copyOf(domains);
    // A name has at most 127 labels (RFC 1035 section 2.3.4).
    Checks.range("ndots", ndots, 0, 127, "dots");
  }

  /** Returns the list of the domains that a network has given, without those that are no domain names. */
  public static SearchList of(List<String> learned, int ndots) {
    List<Name> names = new ArrayList<>();
    for (String domain : learned) {
      try {
        names.add(HostNameRules.absolute(domain));
      } catch (DnsException e) {
        // A network cannot be trusted to send names that exist; the other ones remain.
      }
    }
    return new SearchList(names, ndots);
  }

  /**
   * Returns the names to try, in order. Each is absolute, so the list is not applied to it again.
   *
   * @throws DnsException if {@code host} is not a domain name
   */
  public List<Name> candidates(String host) throws DnsException {
    Name absolute = HostNameRules.absolute(host);
    if (domains.isEmpty() || host.endsWith(".")) { // a trailing dot marks a complete name
      return List.of(absolute);
    }
    List<Name> candidates = new ArrayList<>();
    Name relative = absolute.relativize(Name.root);
    for (Name domain : domains) {
      try {
        candidates.add(Name.concatenate(relative, domain));
      } catch (NameTooLongException e) {
        // The name would be too long to exist; the other candidates remain.
      }
    }
    candidates.add(absolute.labels() - 2 >= ndots ? 0 : candidates.size(), absolute);
    return candidates;
  }
}
