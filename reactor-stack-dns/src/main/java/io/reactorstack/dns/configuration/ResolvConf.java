package io.reactorstack.dns.configuration;

import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * The content of a {@code resolv.conf}, read as glibc reads it.
 *
 * @param servers the servers and the search domains
 * @param options the options
 */
public record ResolvConf(DnsConfiguration servers, ResolverOptions options) {

  /** The number of servers that count; further ones are ignored, as by glibc. */
  public static final int MAX_SERVERS = 3;

  private static final IpAddress THIS_HOST = IpAddress.parse("127.0.0.1");

  /** Checks that both are given. */
  public ResolvConf {
    Checks.given("servers", servers);
    Checks.given("options", options);
  }

  /**
   * Parses a file to its end; ignores lines and words that it does not understand.
   *
   * <p>A keyword stands at the beginning of its line, with spaces or tabs after it. The last of all {@code search} and
   * {@code domain} lines counts; without any, the domain is the part of {@code hostName} after its first dot. Without a
   * usable {@code nameserver} line the server is 127.0.0.1.
   *
   * @param hostName the name of this host; may be empty
   */
  public static ResolvConf parse(Reader reader, String hostName) throws IOException {
    BufferedReader lines = new BufferedReader(reader);
    List<IpAddress> servers = new ArrayList<>();
    int dot = hostName.indexOf('.');
    List<String> search = dot < 0 ? List.of() : domains(hostName.substring(dot + 1), 1);
    ResolverOptions options = ResolverOptions.DEFAULT;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      int end = keyword(line);
      String rest = line.substring(end);
      switch (line.substring(0, end)) {
        case "nameserver" -> addServer(servers, rest);
        case "domain" -> search = orElse(domains(rest, 1), search);
        case "search" -> search = orElse(domains(rest, Integer.MAX_VALUE), search);
        case "options" -> options = change(options, rest);
        default -> {} // a comment, or a keyword of another system
      }
    }
    List<String> named = search.stream().filter(domain -> !domain.isEmpty()).toList();
    return new ResolvConf(new DnsConfiguration(servers.isEmpty() ? List.of(THIS_HOST) : servers, named), options);
  }

  /** Returns the end of the word with which {@code line} begins, or 0 if no space or tab follows it. */
  private static int keyword(String line) {
    for (int i = 0; i < line.length(); i++) {
      if (line.charAt(i) == ' ' || line.charAt(i) == '\t') {
        return i;
      }
    }
    return 0;
  }

  private static void addServer(List<IpAddress> servers, String rest) {
    StringTokenizer words = words(rest);
    IpAddress server = words.hasMoreTokens() ? address(words.nextToken()) : null;
    if (server != null && servers.size() < MAX_SERVERS) {
      servers.add(server);
    }
  }

  private static @Nullable IpAddress address(String text) {
    try {
      return IpAddress.parse(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * Returns the first {@code limit} words without their final dots. The root remains as an empty string, which stands
   * for "no domain": {@code search .} replaces the domain of the host name and adds nothing.
   */
  private static List<String> domains(String rest, int limit) {
    List<String> domains = new ArrayList<>();
    for (StringTokenizer words = words(rest); words.hasMoreTokens() && domains.size() < limit;) {
      String word = words.nextToken();
      domains.add(word.endsWith(".") ? word.substring(0, word.length() - 1) : word);
    }
    return domains;
  }

  private static List<String> orElse(List<String> domains, List<String> earlier) {
    return domains.isEmpty() ? earlier : domains;
  }

  private static ResolverOptions change(ResolverOptions options, String rest) {
    ResolverOptions changed = options;
    for (StringTokenizer words = words(rest); words.hasMoreTokens();) {
      changed = changed.with(words.nextToken());
    }
    return changed;
  }

  private static StringTokenizer words(String rest) {
    return new StringTokenizer(rest, " \t");
  }
}
