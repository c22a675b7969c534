package io.reactorstack.dns.outcome;

import io.reactorstack.setting.Checks;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.xbill.DNS.ExtendedErrorCodeOption;

/**
 * A detail that a server gives about its answer or failure (RFC 8914).
 *
 * @param code the number of the registry, 0 to 65535
 * @param text more information; empty if the server gives none. Anyone who can send the answer can write it
 */
public record ExtendedError(int code, String text) {

  private static final Set<String> ABBREVIATIONS = Set.of("DNSKEY", "DNSSEC", "DS", "NSEC", "NSEC3", "NXDOMAIN");

  /** Checks the range of the code. */
  public ExtendedError {
    Checks.range("code", code, 0, 0xffff, "");
    Checks.given("text", text);
  }

  /** Returns the registered name of the code, such as {@code Stale Answer}; empty if it has none. */
  public String name() {
    String registered = ExtendedErrorCodeOption.text(code);
    return registered == null || registered.equals("EDE" + code)
        ? ""
        : Arrays.stream(registered.split("_")).map(ExtendedError::cased).collect(Collectors.joining(" "));
  }

  /** dnsjava has the names in capitals, the registry has only abbreviations so. */
  private static String cased(String word) {
    return ABBREVIATIONS.contains(word) || word.contains(" ")
        ? word
        : word.charAt(0) + word.substring(1).toLowerCase(Locale.ROOT);
  }

  /** Returns the name of the code, or the code if it has none, with the text if there is any. */
  @Override
  public String toString() {
    String name = name().isEmpty() ? "code " + code : name();
    return text.isEmpty() ? name : name + " (" + text + ")";
  }
}
