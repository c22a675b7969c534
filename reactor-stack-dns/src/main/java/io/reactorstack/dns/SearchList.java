package io.reactorstack.dns;

import io.reactorstack.setting.Checks;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;

/**
 * The domains in which a name that is not complete is looked for (RFC 1123 section 6.1.4.3).
 *
 * @param domains absolute names, in the order in which they are tried
 * @param ndots a name with at least this many dots is first taken as it stands
 */
record SearchList(List<Name> domains, int ndots) {

  static final SearchList NONE = new SearchList(List.of(), 1);

  SearchList {
    domains = List.copyOf(domains);
    // A name has at most 127 labels (RFC 1035 section 2.3.4).
    Checks.range("ndots", ndots, 0, 127, "dots");
  }

  /**
   * The names to try, one after the other; each is complete, so the list is applied once.
   *
   * @throws DnsException if {@code host} is no domain name
   */
  List<Name> candidates(String host) throws DnsException {
    Name absolute = HostNames.absolute(host);
    if (domains.isEmpty() || host.endsWith(".")) { // a trailing dot says that the name is complete
      return List.of(absolute);
    }
    List<Name> candidates = new ArrayList<>();
    Name relative = absolute.relativize(Name.root);
    for (Name domain : domains) {
      try {
        candidates.add(Name.concatenate(relative, domain));
      } catch (NameTooLongException e) {
        // No such name can exist: the other candidates remain.
      }
    }
    candidates.add(absolute.labels() - 2 >= ndots ? 0 : candidates.size(), absolute);
    return candidates;
  }
}
