package io.reactorstack.telemetry;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Describes an application's message in a few words. Implement it to let a {@link Story} show a protocol above UDP or
 * TCP.
 */
@FunctionalInterface
public interface Describer {

  /**
   * Returns a short text for the message in {@code octets}, such as {@code query A www.example.com}; empty if it cannot
   * be described.
   *
   * @param octets the payload of a datagram, or the beginning of the payload of a TCP segment
   */
  Optional<String> describe(byte[] octets);

  /** Returns a describer that shows the first line of HTTP/1 requests and responses. */
  static Describer http() {
    Pattern firstLine = Pattern.compile("(?:[A-Z]{3,10} \\S+ HTTP/1\\.[01]|HTTP/1\\.[01] \\d{3}[ -~]*)(?=\\r?\\n)");
    return octets -> {
      var line = firstLine.matcher(new String(octets, StandardCharsets.ISO_8859_1));
      return line.lookingAt() ? Optional.of(line.group()) : Optional.empty();
    };
  }
}
