package io.reactorstack.http.fetch;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The exit codes of the command; the same as curl's where curl has a code for the case. */
enum ExitCode {
  /** The page was fetched. */
  OK(0, "the page was fetched"),
  /** A failure without its own code. */
  FAILED(1, "any other failure"),
  /** Wrong options or URL; picocli's code. */
  USAGE(2, "wrong options or address"),
  /** The name does not exist, or no DNS server could resolve it. */
  NAME_NOT_FOUND(6, "name not found"),
  /** The host is reachable, but the port is closed. */
  REFUSED(7, "connection refused"),
  /** There is no route, or no host answers at the address. */
  NO_ROUTE(8, "no route, or host unreachable"),
  /** The HTTP status is 400 or above; used only with {@code --fail}. */
  HTTP_STATUS(22, "HTTP status 400 or above, with --fail"),
  /** The page or the capture could not be written. */
  WRITE_ERROR(23, "page or capture cannot be written"),
  /** A time limit was exceeded. */
  TIMEOUT(28, "timeout"),
  /** The TLS handshake failed. */
  TLS(35, "TLS handshake failed"),
  /** The device could not be opened because the process lacks a privilege. */
  MISSING_PRIVILEGE(77, "missing privilege; the message names the command that grants it");

  private final int code;
  private final String text;

  ExitCode(int code, String text) {
    this.code = code;
    this.text = text;
  }

  int code() {
    return code;
  }

  /** Returns the codes and their descriptions in the format of the help text. */
  static Map<String, String> list() {
    Map<String, String> list = new LinkedHashMap<>();
    Arrays.stream(values()).forEach(each -> list.put(" " + each.code, each.text));
    return list;
  }
}
