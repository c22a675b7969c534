package io.reactorstack.telemetry;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells what an application's message says, in a few words: the door through which a story learns of upper layers. */
@FunctionalInterface
public interface Describer {

  /**
   * What the message in {@code octets} says, such as {@code query A www.example.com}; empty if that cannot be told.
   *
   * @param octets a datagram's payload, or the beginning of a TCP segment's
   */
  Optional<String> describe(byte[] octets);

  /** Tells the first line of HTTP/1 requests and responses. */
  static Describer http() {
    Pattern firstLine = Pattern.compile("(?:[A-Z]{3,10} \\S+ HTTP/1\\.[01]|HTTP/1\\.[01] \\d{3}[ -~]*)(?=\\r?\\n)");
    return octets -> {
      var line = firstLine.matcher(new String(octets, StandardCharsets.ISO_8859_1));
      return line.lookingAt() ? Optional.of(line.group()) : Optional.empty();
    };
  }
}
