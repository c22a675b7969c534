package io.reactorstack.dns.wire;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** Converts domain names between text and {@link Name}. */
public final class Names {

  private Names() {}

  /**
   * Returns the absolute name of {@code text}, which may have a trailing dot; non-ASCII labels become A-labels (RFC
   * 5890). The text {@code "."} is the root.
   *
   * @throws IllegalArgumentException if it is not a domain name
   */
  public static Name absolute(String text) {
    return of(text, Name.root);
  }

  /**
   * Returns the absolute name of {@code text}, which is relative to {@code origin} unless it has a trailing dot;
   * otherwise as {@link #absolute}.
   */
  public static Name of(String text, Name origin) {
    try {
      String ascii = isAscii(text) ? text : IDN.toASCII(text);
      if (ascii.isEmpty()) {
        throw new IllegalArgumentException("not a domain name: ''");
      }
      return Name.fromString(ascii, origin);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("not a domain name: '" + text + "'", e);
    }
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  /** Returns the text of {@code name} without the trailing dot; {@code "."} for the root. */
  public static String text(Name name) {
    byte[] wire = name.toWire();
    if (wire.length == 1) {
      return ".";
    }
    byte[] text = new byte[wire.length - 2]; // without the first length and the root label
    for (int label = 0; wire[label] != 0; label += 1 + wire[label]) {
      if (label > 0) {
        text[label - 1] = '.';
      }
      for (int i = label + 1; i <= label + wire[label]; i++) {
        if (!isPlain(wire[i])) {
          return name.toString(true); // with escapes
        }
        text[i - 1] = wire[i];
      }
    }
    return new String(text, StandardCharsets.US_ASCII);
  }

  private static boolean isPlain(int octet) {
    return octet >= 'a' && octet <= 'z' || octet >= '0' && octet <= '9' || octet >= 'A' && octet <= 'Z'
        || octet == '-' || octet == '_';
  }

  /** Returns the name without its first label; the root has none. */
  public static Name parent(Name name) {
    return new Name(name, 1);
  }

  /** Returns the last {@code labels} labels of {@code name}, counted with the root label. */
  public static Name suffix(Name name, int labels) {
    return new Name(name, name.labels() - labels);
  }
}
