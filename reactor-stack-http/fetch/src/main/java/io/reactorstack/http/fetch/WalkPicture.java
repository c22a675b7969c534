package io.reactorstack.http.fetch;

import io.reactorstack.dns.outcome.DnsPath;
import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.dns.outcome.DnsStep.Goal;
import io.reactorstack.dns.outcome.DnsStep.Response;
import io.reactorstack.dns.outcome.DnsStep.Server;
import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordData;
import io.reactorstack.dns.record.RecordType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Draws the queries of a resolution as a tree of zones, from the root down, with a row for each query. A question that has
 * to be answered first, such as for the address of a server, is a branch of its own at its place; so is the target of an
 * alias.
 */
final class WalkPicture {

  private static final int DNS_PORT = 53;
  private static final int MOST_RECORDS = 3;
  private static final int LONGEST_DATA = 40;

  /** A row without a query, or a zone with its queries. */
  private static final class Node {

    private final String label;
    private final List<DnsStep> steps = new ArrayList<>();
    private final List<Node> children = new ArrayList<>();

    Node(String label) {
      this.label = label;
    }

    Node child(String name) {
      Node child = new Node(name);
      children.add(child);
      return child;
    }
  }

  /** A zone under way. */
  private record Open(String zone, Node node) {}

  /** The nodes of one question. */
  private static final class Branch {

    private final Node top;
    private final AliasChain aliases;
    private final Deque<Open> open = new ArrayDeque<>();
    private Node start;
    private @Nullable String target;

    Branch(Node top, Goal goal) {
      this.top = top;
      this.start = top;
      this.aliases = new AliasChain(goal.question());
    }

    void add(DnsStep step) {
      Node above = place();
      String zone = step.server().zone();
      while (!open.isEmpty() && !isBelow(zone, open.peek().zone) && !continues(zone, open.peek())) {
        open.pop();
        above = open.isEmpty() ? start : open.peek().node;
      }
      if (open.isEmpty() || !continues(zone, open.peek())) {
        open.push(new Open(zone, above.child(DigText.absolute(zone))));
      }
      open.element().node.steps.add(step);
      target = aliases.add(step);
    }

    /** Returns whether a query to {@code zone} belongs to the node of the one before. */
    private static boolean continues(String zone, Open last) {
      return zone.equalsIgnoreCase(last.zone) && last.node.children.isEmpty();
    }

    /** Returns the node below which the next thing happens. */
    Node place() {
      if (target != null) {
        start = top.child("alias " + DigText.absolute(target));
        open.clear();
        target = null;
      }
      return open.isEmpty() ? start : open.element().node;
    }

    private static boolean isBelow(String zone, String above) {
      String upper = zone.toLowerCase(Locale.ROOT);
      return !upper.equals(".") && (above.equals(".") || upper.endsWith("." + above.toLowerCase(Locale.ROOT)));
    }
  }

  private final Node top = new Node("");
  private final Map<Goal, Branch> branches = new HashMap<>();
  private final List<List<String>> rows = new ArrayList<>();
  private final boolean ascii;

  private WalkPicture(boolean ascii) {
    this.ascii = ascii;
  }

  /** Returns the lines of the picture, the first of which has the headings. */
  static List<String> lines(DnsPath path, boolean ascii) {
    WalkPicture picture = new WalkPicture(ascii);
    path.steps().stream().sorted(Comparator.comparing(DnsStep::start))
        .forEach(step -> picture.branch(step.goal()).add(step));
    int digits = path.steps().stream().mapToInt(step -> time(step).length()).max().orElse(0);
    picture.rows.add(List.of("zone", "asked", "server", " ".repeat(Math.max(0, digits - 4)) + "time", "result"));
    picture.top.children.forEach(node -> picture.draw(node, "", "", digits));
    return Columns.lines(picture.rows);
  }

  private Branch branch(Goal goal) {
    Branch known = branches.get(goal);
    if (known != null) {
      return known;
    }
    Branch added = new Branch(goal.parent().map(parent -> branch(parent).place().child(label(goal))).orElse(top), goal);
    branches.put(goal, added);
    return added;
  }

  /** Returns why the records of {@code goal} are needed. */
  private static String label(Goal goal) {
    return goal.question().type().equals(RecordType.NS)
        ? "servers of " + DigText.absolute(goal.question().name())
        : "address of " + DigText.absolute(goal.question().name()) + " (" + goal.question().type() + ")";
  }

  /**
   * Draws a node and those below it.
   *
   * @param before what is before the label in its first row
   * @param below what is before its further rows and its children
   */
  private void draw(Node node, String before, String below, int digits) {
    if (node.steps.isEmpty()) {
      rows.add(List.of(before + node.label, "", "", "", ""));
    }
    String label = before + node.label;
    for (DnsStep step : node.steps) {
      String time = time(step);
      rows.add(List.of(label, DigText.absolute(step.question().name()) + " " + step.question().type(),
          server(step.server()), " ".repeat(digits - time.length()) + time, result(step)));
      label = below + (node.children.isEmpty() ? "" : line("│"));
    }
    for (Node child : node.children) {
      boolean isLast = child == node.children.getLast();
      draw(child, below + line(isLast ? "└─ " : "├─ "), below + line(isLast ? "   " : "│  "), digits);
    }
  }

  private String line(String text) {
    return ascii ? text.replace('│', '|').replace('├', '|').replace('└', '`').replace('─', '-') : text;
  }

  private static String time(DnsStep step) {
    return String.format(Locale.ROOT, "%.1f ms", step.roundTrip().toNanos() / 1e6);
  }

  private static String server(Server server) {
    String address = server.address().port() == DNS_PORT
        ? server.address().address().toString()
        : DigText.text(server.address());
    return server.name().isEmpty() ? address : DigText.absolute(server.name()) + " (" + address + ")";
  }

  private String result(DnsStep step) {
    List<DnsRecord> records = step.response().map(Response::records).orElse(List.of());
    String text = switch (step.result()) {
      case ANSWER -> answer(step, records);
      case REFERRAL -> referral(records);
      case NO_DATA, NAME_NOT_FOUND, LAME, ERROR, NO_ANSWER -> step.detail();
    };
    return step.response().map(Response::overTcp).orElse(false) ? text + " (TCP)" : text;
  }

  private String answer(DnsStep step, List<DnsRecord> records) {
    List<DnsRecord> own = records.stream().filter(r -> r.type().equals(step.question().type())).toList();
    if (own.isEmpty()) {
      return records.isEmpty() || !(records.getLast().data() instanceof RecordData.Target alias)
          ? step.detail()
          : "alias of " + DigText.absolute(alias.target());
    }
    String more = own.size() > MOST_RECORDS ? " and " + (own.size() - MOST_RECORDS) + " more" : "";
    return own.stream().limit(MOST_RECORDS).map(r -> shortened(r.data().text()))
        .collect(Collectors.joining(", ", "answer " + step.question().type() + " ", more));
  }

  private String shortened(String data) {
    return data.length() <= LONGEST_DATA ? data : data.substring(0, LONGEST_DATA) + (ascii ? "..." : "…");
  }

  private static String referral(List<DnsRecord> records) {
    List<DnsRecord> servers = records.stream().filter(r -> r.type().equals(RecordType.NS)).toList();
    return "referral to " + DigText.absolute(servers.getFirst().name()) + " (" + servers.size()
        + (servers.size() == 1 ? " server)" : " servers)");
  }
}
