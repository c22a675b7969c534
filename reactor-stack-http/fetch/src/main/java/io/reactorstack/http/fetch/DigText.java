package io.reactorstack.http.fetch;

import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.dns.outcome.DnsStep.Flag;
import io.reactorstack.dns.outcome.DnsStep.Response;
import io.reactorstack.dns.outcome.DnsStep.Result;
import io.reactorstack.dns.outcome.ExtendedError;
import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.packet.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Writes results in the form in which BIND's {@code dig} prints messages. */
final class DigText {

  private static final Map<Flag, String> FLAGS = new TreeMap<>(Map.of(Flag.AUTHORITATIVE, "aa", Flag.TRUNCATED, "tc",
      Flag.RECURSION_DESIRED, "rd", Flag.RECURSION_AVAILABLE, "ra", Flag.AUTHENTIC_DATA, "ad", Flag.CHECKING_DISABLED,
      "cd"));

  private DigText() {}

  /** Returns the name with its trailing dot. */
  static String absolute(String name) {
    return name.equals(".") ? name : name + ".";
  }

  /** Returns the server's address, a number sign and its port. */
  static String text(Endpoint server) {
    return server.address() + "#" + server.port();
  }

  /** Returns the data of the records alone. */
  static List<String> brief(DigResult result) {
    return result.answers().stream().map(r -> r.data().text()).toList();
  }

  /** Returns the lines about the response to the last query, and the records. */
  static List<String> message(DigResult result, DnsStep last, Response response) {
    List<String> lines = new ArrayList<>();
    lines.add(";; ->>HEADER<<- opcode: QUERY, status: " + response.code());
    lines.add(";; flags: qr" + flags(response.flags()) + "; QUERY: 1, ANSWER: " + result.answers().size()
        + ", AUTHORITY: " + result.authority().size());
    if (last.result() == Result.ERROR && !last.detail().equals(response.code())) {
      lines.add(";; WARNING: " + last.detail());
    }
    lines.add("");
    if (!result.errors().isEmpty()) {
      lines.add(";; OPT PSEUDOSECTION:");
      result.errors().forEach(error -> lines.add("; EDE: " + text(error)));
      lines.add("");
    }
    sections(result, lines);
    return lines;
  }

  private static String flags(Set<Flag> flags) {
    StringBuilder text = new StringBuilder();
    FLAGS.forEach((flag, word) -> text.append(flags.contains(flag) ? " " + word : ""));
    return text.toString();
  }

  /** Returns the code with its registered name in parentheses, and the server's text. */
  private static String text(ExtendedError error) {
    return error.code() + (error.name().isEmpty() ? "" : " (" + error.name() + ")")
        + (error.text().isEmpty() ? "" : ": (" + error.text() + ")");
  }

  /** Appends the sections, whose columns are equally wide. */
  private static void sections(DigResult result, List<String> lines) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of(";" + absolute(result.question().name()), "", "IN", result.question().type().toString(), ""));
    result.answers().forEach(r -> rows.add(row(r)));
    result.authority().forEach(r -> rows.add(row(r)));
    List<String> drawn = Columns.lines(rows);
    int authority = 1 + result.answers().size();
    section("QUESTION", drawn.subList(0, 1), lines);
    section("ANSWER", drawn.subList(1, authority), lines);
    section("AUTHORITY", drawn.subList(authority, drawn.size()), lines);
  }

  private static List<String> row(DnsRecord r) {
    return List.of(absolute(r.name()), String.valueOf(r.timeToLive().toSeconds()), "IN", r.type().toString(),
        r.data().text());
  }

  private static void section(String name, List<String> content, List<String> lines) {
    if (!content.isEmpty()) {
      lines.add(";; " + name + " SECTION:");
      lines.addAll(content);
      lines.add("");
    }
  }

  /** Returns the lines about the exchange with the server. */
  static List<String> exchange(DnsStep last, Response response) {
    return List.of(";; Query time: " + last.roundTrip().toMillis() + " msec",
        ";; SERVER: " + text(last.server().address()) + (response.overTcp() ? " (TCP)" : " (UDP)"),
        ";; MSG SIZE  rcvd: " + response.octets());
  }
}
