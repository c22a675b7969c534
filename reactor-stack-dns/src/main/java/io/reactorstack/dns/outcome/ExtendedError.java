package io.reactorstack.dns.outcome;

import io.reactorstack.setting.Checks;
import org.xbill.DNS.ExtendedErrorCodeOption;

/**
 * A detail that a server gives about its answer or failure (RFC 8914).
 *
 * @param code the number of the registry, 0 to 65535
 * @param text more information; empty if the server gives none. Anyone who can send the answer can write it
 */
public record ExtendedError(int code, String text) {

  /** Checks the range of the code. */
  public ExtendedError {
    Checks.range("code", code, 0, 0xffff, "");
    Checks.given("text", text);
  }

  /** Returns the name of the code as the registry has it, such as {@code Stale Answer}, with the text if there is any. */
  @Override
  public String toString() {
    String registered = ExtendedErrorCodeOption.text(code);
    String name = registered == null ? "code " + code : registered.replace('_', ' ');
    return text.isEmpty() ? name : name + " (" + text + ")";
  }
}
