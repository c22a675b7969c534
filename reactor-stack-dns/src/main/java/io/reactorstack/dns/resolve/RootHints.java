package io.reactorstack.dns.resolve;

import io.reactorstack.dns.wire.Names;
import io.reactorstack.packet.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.xbill.DNS.Name;

/**
 * The names and addresses of servers of the root zone, by which a resolver finds the current ones (RFC 8109).
 *
 * @param servers the addresses by name
 */
public record RootHints(Map<Name, List<IpAddress>> servers) {

  /** The servers that IANA publishes, as of 2026. */
  public static final RootHints IANA = builtIn();

  /** Copies the map. */
  public RootHints {
    Map<Name, List<IpAddress>> copy = new LinkedHashMap<>();
    servers.forEach((name, addresses) -> copy.put(name, List.copyOf(addresses)));
    servers = copy;
  }

  private static RootHints builtIn() {
    try (InputStream file = RootHints.class.getResourceAsStream("root.hints")) {
      if (file == null) {
        throw new IllegalStateException("root.hints is missing");
      }
      return parse(new InputStreamReader(file, StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads hints from a zone file with the NS records of the root and the A and AAAA records of its servers, such as
   * IANA's {@code named.root}.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if a line is no record, or no server has an address
   */
  public static RootHints parse(Reader file) throws IOException {
    StringWriter text = new StringWriter();
    file.transferTo(text);
    Map<Name, List<IpAddress>> servers = new LinkedHashMap<>();
    text.toString().lines().map(line -> line.replaceFirst(";.*", "").strip()).filter(line -> !line.isEmpty())
        .forEach(line -> add(servers, line));
    if (servers.isEmpty()) {
      throw new IllegalArgumentException("no root server has an address");
    }
    return new RootHints(servers);
  }

  private static void add(Map<Name, List<IpAddress>> servers, String line) {
    String[] fields = line.split("\\s+");
    if (fields.length < 3) {
      throw new IllegalArgumentException("not a record: '" + line + "'");
    }
    String type = fields[fields.length - 2];
    if (type.equalsIgnoreCase("A") || type.equalsIgnoreCase("AAAA")) {
      servers.computeIfAbsent(Names.absolute(fields[0]), name -> new ArrayList<>())
          .add(IpAddress.parse(fields[fields.length - 1]));
    } else if (!type.equalsIgnoreCase("NS")) {
      throw new IllegalArgumentException("not a record of a root server: '" + line + "'");
    }
  }
}
