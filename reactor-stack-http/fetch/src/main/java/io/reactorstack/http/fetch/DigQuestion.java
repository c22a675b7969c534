package io.reactorstack.http.fetch;

import io.reactorstack.dns.ReverseNames;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.packet.IpAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The question of the user of {@code dig}, and the server to ask.
 *
 * @param server the name or address of the server; {@code null} for the servers of the network
 * @param port the server's port; 0 if the user names none
 * @param name the name, with or without a trailing dot
 * @param type the type
 */
record DigQuestion(@Nullable String server, int port, String name, RecordType type) {

  /** Types of queries that a single response does not answer: transfers of zones, and obsolete ones. */
  private static final Set<String> TRANSFERS = Set.of("IXFR", "AXFR", "MAILA", "MAILB");

  /**
   * Reads the words of a command line, in any order: {@code @SERVER} or {@code @SERVER#PORT}, a name, a type, and the class
   * {@code IN}. Without a name the question is about the root.
   *
   * @param type the value of the option {@code -t}
   * @param reverse the address whose name is to be found
   * @throws IllegalArgumentException if the words contradict each other
   */
  static DigQuestion of(List<String> words, @Nullable String type, @Nullable IpAddress reverse) {
    Words read = new Words();
    words.forEach(read::add);
    if (type != null) {
      read.setType(RecordType.of(type));
    }
    if (reverse != null) {
      read.setName(ReverseNames.of(reverse));
    }
    RecordType usual = reverse != null ? RecordType.PTR : read.name == null ? RecordType.NS : RecordType.A;
    RecordType asked = read.type == null ? usual : read.type;
    if (TRANSFERS.contains(asked.toString())) {
      throw new IllegalArgumentException(asked + " is not a type of records");
    }
    return new DigQuestion(read.server, read.port, read.name == null ? "." : read.name, asked);
  }

  /** Returns {@code port}; throws {@link IllegalArgumentException} if there is no such port. */
  static int checked(int port) {
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " is out of range: 1 to 65535");
    }
    return port;
  }

  /** The words that were read so far. */
  private static final class Words {

    private @Nullable String server;
    private int port;
    private @Nullable String name;
    private @Nullable RecordType type;

    void add(String word) {
      RecordType known = type(word);
      if (word.startsWith("+")) {
        throw new IllegalArgumentException("unknown option " + word);
      }
      if (word.startsWith("@")) {
        setServer(word.substring(1));
      } else if (known != null) {
        setType(known);
      } else if (!word.toUpperCase(Locale.ROOT).equals("IN")) {
        setName(word);
      }
    }

    private static @Nullable RecordType type(String word) {
      try {
        return RecordType.of(word);
      } catch (IllegalArgumentException e) {
        return null;
      }
    }

    private void setServer(String text) {
      if (server != null) {
        throw new IllegalArgumentException("more than one server: @" + server + " and @" + text);
      }
      int mark = text.indexOf('#');
      server = mark < 0 ? text : text.substring(0, mark);
      if (server.isEmpty()) {
        throw new IllegalArgumentException("@ needs the name or address of a server");
      }
      if (mark >= 0) {
        port = portOf(text.substring(mark + 1));
      }
    }

    private static int portOf(String text) {
      try {
        return checked(Integer.parseInt(text));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("not a port: '" + text + "'", e);
      }
    }

    void setType(RecordType given) {
      if (type != null) {
        throw new IllegalArgumentException("more than one type: " + type + " and " + given);
      }
      type = given;
    }

    void setName(String text) {
      if (name != null) {
        throw new IllegalArgumentException("more than one name: " + name + " and " + text);
      }
      name = text;
    }
  }
}
