package io.reactorstack.dns.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TTL;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Reads and writes zone files (RFC 1035 section 5).
 *
 * <p>dnsjava's {@code Master} reads each entry. It is not given whole files because its errors in included files and in
 * the rules of a zone would have no line, it resolves a relative {@code $ORIGIN} against the root, and it would include
 * files from everywhere and without end.
 */
final class ZoneFile {

  /** The largest number of records from one directive {@code $GENERATE}: those of a /16 network. */
  private static final int MAX_GENERATED = 65_536;

  private static final int MAX_INCLUDES = 16;

  /** The place that dnsjava's messages begin with. */
  private static final Pattern PLACE = Pattern.compile("^<[^>]*>:\\d+: ");

  /** The records of all files, in their order. */
  private final List<Record> records = new ArrayList<>();
  private final Map<Record, String> places = new IdentityHashMap<>();

  /** The folder outside of which no file is included, or {@code null} if none is included. */
  private final @Nullable Path root;

  /** The TTL of the last directive {@code $TTL}, or -1. */
  private long defaultTtl = -1;
  /** The TTL of the last record, or -1 (RFC 1035 section 5.1). */
  private long lastTtl = -1;

  private ZoneFile(@Nullable Path root) {
    this.root = root;
  }

  /** Reads a zone from a text; see {@link Zone#parse}. */
  static Zone read(Name origin, Reader text) throws IOException {
    StringWriter all = new StringWriter();
    text.transferTo(all);
    ZoneFile file = new ZoneFile(null);
    String octets = new String(all.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    file.new Part("line ", null, origin, 0).read(octets);
    return file.zone(origin);
  }

  /** Reads a zone from a file; see {@link Zone#load(Path)}. */
  static Zone load(@Nullable Name origin, Path path) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    ZoneFile file = new ZoneFile(absolute.getParent());
    file.include(absolute, path.toString(), origin, 0);
    if (origin != null) {
      return file.zone(origin);
    }
    for (Record each : file.records) {
      if (each.getType() == Type.SOA) {
        return file.zone(each.getName());
      }
    }
    throw new IllegalArgumentException(path + ": no SOA record, whose owner would be the name of the zone");
  }

  private void include(Path path, String shown, @Nullable Name origin, int depth) throws IOException {
    new Part(shown + ":", path, origin, depth).read(Files.readString(path, StandardCharsets.ISO_8859_1));
  }

  private Zone zone(Name origin) {
    Zone zone = Zone.of(origin);
    ZoneCheck.Fault fault = zone.fault(records);
    if (fault != null) {
      throw new IllegalArgumentException(places.get(fault.record()) + ": " + fault.message());
    }
    return zone.withChecked(records);
  }

  /** One file, of which each character is an octet, with the state that ends with it (RFC 1035 section 5.1). */
  private final class Part {

    private final String prefix;
    private final @Nullable Path path;
    private final int depth;
    private @Nullable Name origin;
    private @Nullable Name owner;

    /**
     * @param prefix the words before the line in a message
     * @param path the file, or {@code null} for other text
     * @param origin the name to which others are relative, or {@code null} if there must be none
     * @param depth the number of files that include each other down to this one
     */
    Part(String prefix, @Nullable Path path, @Nullable Name origin, int depth) {
      this.prefix = prefix;
      this.path = path;
      this.origin = origin;
      this.depth = depth;
    }

    void read(String octets) throws IOException {
      for (ZoneEntries.Entry entry : ZoneEntries.of(octets)) {
        if (!entry.closed()) {
          throw fault(entry, "a parenthesis is not closed");
        }
        if (!entry.isDirective()) {
          take(entry);
          continue;
        }
        List<String> words = entry.words();
        switch (words.getFirst().toUpperCase(Locale.ROOT)) {
          case "$ORIGIN" -> origin = name(entry, only(entry, words));
          case "$TTL" -> defaultTtl = ttl(entry, only(entry, words));
          case "$INCLUDE" -> include(entry, words);
          case "$GENERATE" -> records(entry, entry.text());
          default -> throw fault(entry, "unknown directive " + words.getFirst());
        }
      }
    }

    private void take(ZoneEntries.Entry entry) {
      if (entry.hasOwner()) {
        owner = records(entry, entry.text());
      } else if (owner == null) {
        throw fault(entry, "the first record has no owner");
      } else {
        owner = records(entry, owner + entry.text());
      }
    }

    /** Adds the records of {@code text}, one if it is not {@code $GENERATE}; returns the owner of the last one. */
    private @Nullable Name records(ZoneEntries.Entry entry, String text) {
      Name last = owner;
      int start = records.size();
      try (Master master = new Master(input(text), origin,
          defaultTtl >= 0 ? defaultTtl : lastTtl)) {
        master.disableIncludes(true);
        for (Record each = master.nextRecord(); each != null; each = master.nextRecord()) {
          if (records.size() - start == MAX_GENERATED) {
            throw new TextParseException("more than " + MAX_GENERATED + " records");
          }
          last = each.getName();
          lastTtl = each.getTTL();
          records.add(each);
          places.put(each, prefix + entry.line());
        }
        return last;
      } catch (IOException | RuntimeException e) {
        throw fault(entry, e);
      }
    }

    private void include(ZoneEntries.Entry entry, List<String> words) throws IOException {
      if (path == null || root == null) {
        throw fault(entry, "$INCLUDE needs a zone file that is read from a folder");
      }
      if (words.size() < 2 || words.size() > 3) {
        throw fault(entry, "expected $INCLUDE, a file name and perhaps an origin");
      }
      if (depth == MAX_INCLUDES) {
        throw fault(entry, "more than " + MAX_INCLUDES + " files include each other");
      }
      Path included = path.resolveSibling(words.get(1)).normalize();
      if (Path.of(words.get(1)).isAbsolute() || !included.startsWith(root)) {
        throw fault(entry, words.get(1) + " is outside of the folder of the zone file");
      }
      Name start = words.size() == 3 ? name(entry, words.get(2)) : origin;
      ZoneFile.this.include(included, root.relativize(included).toString(), start, depth + 1);
    }

    private String only(ZoneEntries.Entry entry, List<String> words) {
      if (words.size() != 2) {
        throw fault(entry, "expected one value after " + words.getFirst());
      }
      return words.get(1);
    }

    private Name name(ZoneEntries.Entry entry, String text) {
      try {
        Name name = text.equals("@") && origin != null ? origin : Name.fromString(text, origin);
        if (!name.isAbsolute()) {
          throw new TextParseException("the first $ORIGIN is not absolute: '" + text + "'");
        }
        return name;
      } catch (TextParseException e) {
        throw fault(entry, e);
      }
    }

    private long ttl(ZoneEntries.Entry entry, String text) {
      try {
        return TTL.parseTTL(text);
      } catch (NumberFormatException e) {
        throw fault(entry, "not a time to live: '" + text + "'");
      }
    }

    private IllegalArgumentException fault(ZoneEntries.Entry entry, Exception cause) {
      String message = String.valueOf(cause.getMessage());
      IllegalArgumentException fault = fault(entry, PLACE.matcher(message).replaceFirst(""));
      fault.initCause(cause);
      return fault;
    }

    private IllegalArgumentException fault(ZoneEntries.Entry entry, String message) {
      return new IllegalArgumentException(prefix + entry.line() + ": " + message);
    }
  }

  /** Returns the octets of {@code text}, those beyond ASCII as escapes: dnsjava would encode them again in strings. */
  private static InputStream input(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (char octet : text.toCharArray()) {
      if (octet < 0x80) {
        escaped.append(octet);
      } else {
        escaped.append('\\').append((int) octet);
      }
    }
    byte[] octets = escaped.toString().getBytes(StandardCharsets.US_ASCII);
    // dnsjava would give a stream without a buffer one of 8 KiB, for each entry.
    return new BufferedInputStream(new ByteArrayInputStream(octets), octets.length);
  }

  /** Returns {@code records} as the zone file of {@code origin}, one line for each, with absolute names. */
  static String text(Name origin, List<Record> records) {
    StringBuilder text = new StringBuilder("$ORIGIN ").append(origin).append('\n');
    for (Record each : records) {
      text.append(each.getName()).append(' ').append(each.getTTL()).append(" IN ").append(Type.string(each.getType()))
          .append(' ').append(each.rdataToString()).append('\n');
    }
    return text.toString();
  }
}
