package io.reactorstack.dns.configuration;

import io.netty.resolver.HostsFileEntriesProvider;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/** A table of host names that are resolved without a query. The machine's own hosts file is never read. Immutable. */
public final class HostsTable {

  /** A table without a name. */
  public static final HostsTable EMPTY = new HostsTable(Map.of(), Map.of());

  private static final Pattern SPACE = Pattern.compile("\\s+");

  private final Map<Name, List<IpAddress>> entries;
  private final Map<IpAddress, String> names;

  private HostsTable(Map<Name, List<IpAddress>> entries, Map<IpAddress, String> names) {
    this.entries = entries;
    this.names = names;
  }

  /**
   * Returns a table of {@code hosts}.
   *
   * @throws IllegalArgumentException if a key is not a domain name
   */
  public static HostsTable of(Map<String, ? extends List<? extends IpAddress>> hosts) {
    Map<Name, List<IpAddress>> entries = new HashMap<>();
    Map<IpAddress, String> names = new HashMap<>();
    Checks.given("hosts", hosts).forEach((host, addresses) -> {
      try {
        entries.put(
            HostNameRules.absolute(Checks.text("name in hosts", host)),
            List.copyOf(Checks.given("addresses in hosts of " + host, addresses)));
        addresses.forEach(address -> names.putIfAbsent(address, host));
      } catch (DnsException e) {
        throw new IllegalArgumentException(e.getMessage(), e);
      }
    });
    return new HostsTable(entries, names);
  }

  /** Parses a table in the format of a hosts file; lines that cannot be parsed are skipped. */
  public static HostsTable parse(Reader reader) throws IOException {
    String text = Checks.given("hosts file", reader).readAllAsString();
    HostsFileEntriesProvider parsed = HostsFileEntriesProvider.parser().parse(new StringReader(text));
    Map<Name, List<IpAddress>> entries = new HashMap<>();
    add(entries, parsed.ipv4Entries());
    add(entries, parsed.ipv6Entries());
    entries.replaceAll((name, addresses) -> List.copyOf(addresses));
    return new HostsTable(entries, firstNames(text));
  }

  /** Returns the official name of each address, which is the first one after it; Netty's parser does not keep it. */
  private static Map<IpAddress, String> firstNames(String text) {
    Map<IpAddress, String> names = new HashMap<>();
    text.lines().map(line -> SPACE.split(line.replaceFirst("#.*", "").strip())).forEach(words -> {
      if (words.length > 1 && IpAddress.isLiteral(words[0])) {
        try {
          names.putIfAbsent(IpAddress.parse(words[0]), words[1]);
        } catch (IllegalArgumentException e) {
          // Not an address after all; the line is skipped, as above.
        }
      }
    });
    return names;
  }

  private static void add(Map<Name, List<IpAddress>> entries, Map<String, List<InetAddress>> parsed) {
    parsed.forEach((host, addresses) -> {
      try {
        List<IpAddress> list = entries.computeIfAbsent(HostNameRules.absolute(host), name -> new ArrayList<>());
        addresses.forEach(address -> list.add(IpAddress.of(address)));
      } catch (DnsException e) {
        // The file may contain an invalid name; no question can have such a name, so it is skipped.
      }
    });
  }

  /** Returns all addresses of {@code name}, or {@code null} if it is not in the table. */
  public @Nullable List<IpAddress> addresses(Name name) {
    return entries.get(name);
  }

  /** Returns the name of {@code address}, or {@code null} if it is not in the table. */
  public @Nullable String name(IpAddress address) {
    return names.get(address);
  }
}
