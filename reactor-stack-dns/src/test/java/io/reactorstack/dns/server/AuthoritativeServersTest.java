package io.reactorstack.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Loads one zone file into the zone server and into NSD, Knot DNS and BIND, and compares their answers to {@code dig}.
 */
@RequiresNetAdmin
class AuthoritativeServersTest {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String OWN = "192.168.77.2";
  private static final String OTHER = "192.168.77.1";

  private static final String ZONE = """
      $ORIGIN example.lab.
      $TTL 300
      @      SOA ns hostmaster 2024010101 3600 600 86400 30
             NS ns
             NS ns.elsewhere.test.
             MX 10 mail
             TXT "v=spf1 -all"
             CAA 0 issue "ca.elsewhere.test"
      ns     A 192.0.2.1
             AAAA 2001:db8::1
      mail   60 A 192.0.2.2
      www    CNAME web
      web    A 192.0.2.3
             A 192.0.2.4
             AAAA 2001:db8::3
             HTTPS 1 . alpn=h2
      out    CNAME www.elsewhere.test.
      lost   CNAME none
      loop1  CNAME loop2
      loop2  CNAME loop1
      deep.er.than.most TXT "below empty non-terminals"
      *.wild A 192.0.2.5
             MX 10 host.wild
      a.b.wild TXT "makes b.wild an empty non-terminal"
      sub.*.wild TXT "not a wildcard"
      *.to   CNAME web
      *.tod  CNAME x.old
      old    DNAME new
             TXT "the owner of a DNAME may have other data"
      host.new A 192.0.2.6
      a.b.new A 192.0.2.7
      away   DNAME elsewhere.test.
      chain  CNAME host.old
      old2   DNAME old
      sub    NS ns.sub
             NS ns.elsewhere.test.
             NS ns.peer
             DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      ns.sub A 192.0.2.8
             AAAA 2001:db8::8
      peer   NS ns.peer
      ns.peer A 192.0.2.9
      self   NS self
      self   A 192.0.2.10
      into   CNAME www.sub
      _sip._udp SRV 1 2 5060 web
      ptr    PTR host.elsewhere.test.
      unknown TYPE65280 \\# 2 0102
      under_score A 192.0.2.11
      dot\\.ted A 192.0.2.12
      """;

  private static final List<String> NAMES = List.of("@", "ns", "mail", "www", "web", "WEB", "out", "lost", "loop1",
      "most", "than.most", "er.than.most", "deep.er.than.most", "x.deep.er.than.most", "x.than.most", "wild", "*.wild",
      "x.wild", "x.y.wild", "b.wild", "a.b.wild", "x.b.wild", "sub.*.wild", "x.*.wild", "x.to", "*.to", "y.x.tod",
      "old",
      "host.old", "a.b.old", "b.old", "x.old", "*.old", "away", "x.away", "chain", "host.old2", "sub", "www.sub",
      "ns.sub", "*.sub", "peer", "ns.peer", "self", "x.self", "into", "_sip._udp", "_udp", "ptr", "unknown",
      "under_score", "dot\\.ted", "none", "*", "_sip._tcp", "x.www");

  private static final List<String> TYPES = List.of("A", "AAAA", "TXT", "MX", "CNAME", "DNAME", "NS", "DS", "SOA");

  /** The parts of a response that a test compares; the additional section only of referrals, because servers differ in courtesy. */
  private record Reply(String status, boolean authoritative, TreeSet<String> answer, TreeSet<String> authority,
      TreeSet<String> glue) {}

  private static final Pattern STATUS = Pattern.compile("->>HEADER<<-.* status: (\\w+),");
  private static final Pattern FLAGS = Pattern.compile(";; flags: ([a-z ]*);");
  private static final Pattern SECTION = Pattern.compile(";; (\\w+) SECTION:");

  private NetworkNamespace namespace;
  private NetworkStack stack;
  private Path folder;
  private Path questions;

  @BeforeEach
  void start() throws IOException {
    ExternalCommand.require("dig");
    namespace = NetworkNamespace.create();
    folder = namespace.folder();
    Path file = Files.writeString(folder.resolve("example.lab.zone"), ZONE);
    questions = Files.writeString(folder.resolve("questions"), String.join("\n", questions()) + "\n");
    String tap = NetworkNamespace.uniqueInterfaceName();
    stack = UnprobedStack.create().name("server").device(TapDevice.named(tap), OWN + "/24").startNow();
    namespace.adopt(tap, "eth0", OTHER + "/24");
    ZoneServer.create(stack).zone(Zone.load(file)).bind().block(SOON);
  }

  @AfterEach
  void stop() {
    if (stack != null) {
      stack.stop().block(SOON);
    }
    if (namespace != null) {
      namespace.close();
    }
  }

  private static List<String> questions() {
    List<String> questions = new ArrayList<>();
    for (String name : NAMES) {
      for (String type : TYPES) {
        questions.add((name.equals("@") ? "example.lab." : name + ".example.lab.") + " " + type);
      }
    }
    questions.addAll(List.of("web.example.lab. HTTPS", "example.lab. CAA", "_sip._udp.example.lab. SRV",
        "ptr.example.lab. PTR", "unknown.example.lab. TYPE65280", "www.elsewhere.test. A", "lab. A", ". NS"));
    return questions;
  }

  private Map<String, Reply> ask(String server) {
    String output = namespace.run(SOON, List.of("dig", "-f", questions.toString(), "@" + server, "+norecurse", "+noall",
        "+comments", "+answer", "+authority", "+additional", "+tries=1", "+time=5")).orThrow();
    List<Reply> replies = new ArrayList<>();
    TreeSet<String> section = new TreeSet<>();
    for (String line : output.lines().toList()) {
      Matcher status = STATUS.matcher(line);
      Matcher flags = FLAGS.matcher(line);
      Matcher start = SECTION.matcher(line);
      if (status.find()) {
        replies.add(new Reply(status.group(1), false, new TreeSet<>(), new TreeSet<>(), new TreeSet<>()));
      } else if (flags.find() && List.of(flags.group(1).split(" ")).contains("aa")) {
        Reply last = replies.removeLast();
        replies.add(new Reply(last.status(), true, last.answer(), last.authority(), last.glue()));
      } else if (start.find()) {
        Reply last = replies.getLast();
        section = switch (start.group(1)) {
          case "ANSWER" -> last.answer();
          case "AUTHORITY" -> last.authority();
          default -> last.authoritative() ? new TreeSet<>() : last.glue();
        };
      } else if (!line.isBlank() && !line.startsWith(";")) {
        section.add(line.replaceAll("\\s+", " ").toLowerCase(Locale.ROOT));
      }
    }
    List<String> asked = questions();
    assertThat(replies).as(output).hasSameSizeAs(asked);
    Map<String, Reply> byQuestion = new LinkedHashMap<>();
    for (int i = 0; i < asked.size(); i++) {
      byQuestion.put(asked.get(i), replies.get(i));
    }
    return byQuestion;
  }

  /** Compares all answers; those to the questions {@code different} must differ. */
  private void compare(Predicate<String> different) {
    namespace.awaitUdpSocket(53);
    Map<String, Reply> own = ask(OWN);
    Map<String, Reply> other = ask(OTHER);
    Map<String, String> faults = new LinkedHashMap<>();
    own.forEach((question, reply) -> {
      boolean equal = reply.equals(other.get(question));
      if (equal == different.test(question)) {
        faults.put(question, "\n  own   " + reply + "\n  other " + other.get(question) + "\n");
      }
    });
    assertThat(faults).as("of %s questions", own.size()).isEmpty();
  }

  private String config(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text.replace("FOLDER", folder.toString()).replace("OTHER", OTHER))
        .toString();
  }

  @Test
  void answersAsNsd() throws IOException {
    ExternalCommand.require("nsd");
    namespace.start("nsd", "-d", "-c", config("nsd.conf", """
        server:
          ip-address: OTHER
          zonesdir: FOLDER
          username: ""
          chroot: ""
          pidfile: ""
          xfrdfile: ""
          zonelistfile: "FOLDER/nsd.list"
          minimal-responses: yes
        remote-control:
          control-enable: no
        zone:
          name: example.lab
          zonefile: example.lab.zone
        """));
    compare(question -> false);
  }

  @Test
  void answersAsKnot() throws IOException {
    ExternalCommand.require("knotd");
    Files.createDirectories(folder.resolve("knot"));
    namespace.start("knotd", "-c", config("knot.conf", """
        server:
          listen: OTHER@53
          rundir: FOLDER/knot
        database:
          storage: FOLDER/knot
        zone:
          - domain: example.lab
            file: FOLDER/example.lab.zone
            zonefile-sync: -1
            journal-content: none
        """));
    compare(question -> false);
  }

  @Test
  void answersAsBind() throws IOException {
    ExternalCommand.require("named");
    namespace.start("named", "-g", "-c", config("named.conf", """
        options {
          directory "FOLDER";
          listen-on { OTHER; };
          listen-on-v6 { none; };
          recursion no;
          minimal-responses yes;
          pid-file none;
          session-keyfile none;
          dnssec-validation no;
          check-names primary ignore;
          zero-no-soa-ttl no;
        };
        controls { };
        zone "example.lab" { type primary; file "example.lab.zone"; };
        """));
    // BIND reports a loop of aliases with SERVFAIL; NSD and Knot DNS send the aliases, as this server does.
    compare(question -> question.startsWith("loop") && !question.endsWith("CNAME"));
  }
}
