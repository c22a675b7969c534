package io.reactorstack.http.fetch;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The exit codes of the command; where curl has a code for the same, it is curl's. */
enum ExitCode {
  /** The page was fetched. */
  OK(0, "the page was fetched"),
  /** None of the others. */
  FAILED(1, "any other failure"),
  /** picocli's code for wrong options. */
  USAGE(2, "wrong options or address"),
  /** DNS knows no such name, or no DNS server could say. */
  NAME_NOT_FOUND(6, "name not found"),
  /** The host is there, the port is closed. */
  REFUSED(7, "connection refused"),
  /** No route, or nobody answers at the address. */
  NO_ROUTE(8, "no route, or host unreachable"),
  /** Only asked for with {@code --fail}. */
  HTTP_STATUS(22, "HTTP status 400 or above, with --fail"),
  /** The page or the capture could not be written. */
  WRITE_ERROR(23, "page or capture cannot be written"),
  /** Something took too long. */
  TIMEOUT(28, "timeout"),
  /** No secure connection came about. */
  TLS(35, "TLS handshake failed"),
  /** The device could not be opened for want of a privilege. */
  MISSING_PRIVILEGE(77, "missing privilege; the message tells the command that grants it");

  private final int code;
  private final String text;

  ExitCode(int code, String text) {
    this.code = code;
    this.text = text;
  }

  int code() {
    return code;
  }

  /** All of them as the help shows them. */
  static Map<String, String> list() {
    Map<String, String> list = new LinkedHashMap<>();
    Arrays.stream(values()).forEach(each -> list.put(" " + each.code, each.text));
    return list;
  }
}
