package io.reactorstack.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The list of domain names of one DHCP option, with the compression of DNS (RFC 3397 section 2, RFC 1035 4.1.4). */
final class DhcpDomainNames {

  private static final int LONGEST_LABEL = 63;
  private static final int LONGEST_NAME = 253;
  private static final int MOST_NAMES = 64;
  private static final int POINTER = 0xc0;

  private final byte[] octets;
  private int next;

  private DhcpDomainNames(byte[] octets) {
    this.octets = octets;
  }

  /** Returns the names, at most 64; {@code null} if the list is malformed. */
  static @Nullable List<String> parse(byte[] octets) {
    DhcpDomainNames names = new DhcpDomainNames(octets);
    List<String> all = new ArrayList<>();
    while (names.next < octets.length && all.size() < MOST_NAMES) {
      String name = names.name();
      if (name == null) {
        return null;
      }
      all.add(name);
    }
    return List.copyOf(all);
  }

  /** Returns the name that begins at the next octet, and moves behind it. */
  private @Nullable String name() {
    StringBuilder text = new StringBuilder();
    int at = next;
    // Each pointer leads to an earlier octet than the one before, so that the walk ends.
    int limit = octets.length;
    boolean followed = false;
    while (at < octets.length) {
      int length = octets[at] & 0xff;
      if (length == 0) {
        next = followed ? next : at + 1;
        return text.isEmpty() ? null : text.toString();
      }
      if (length >= POINTER) {
        int target = at + 1 < octets.length ? (length & ~POINTER) << 8 | octets[at + 1] & 0xff : limit;
        if (target >= Math.min(at, limit)) {
          return null;
        }
        next = followed ? next : at + 2;
        followed = true;
        limit = target;
        at = target;
      } else {
        if (!append(text, at + 1, length)) {
          return null;
        }
        at += 1 + length;
      }
    }
    return null;
  }

  /** Appends a label; returns false if it is not one of a host's domain. */
  private boolean append(StringBuilder text, int from, int length) {
    if (length > LONGEST_LABEL || from + length > octets.length || text.length() + 1 + length > LONGEST_NAME) {
      return false;
    }
    String label = new String(octets, from, length, StandardCharsets.US_ASCII);
    if (!label.chars().allMatch(c -> c == '-' || c == '_' || c < 0x80 && Character.isLetterOrDigit(c))) {
      return false;
    }
    text.append(text.isEmpty() ? "" : ".").append(label);
    return true;
  }
}
