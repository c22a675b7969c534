package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The page about the way of a request: its figures are those of a run. {@code -Ddocs.write=true} writes them into the page. */
class WalkPageTest {

  private static final Path PAGE = Path.of("../../reactor-stack/docs/walk.md");
  private static final Path RUN = Path.of("src/test/java/io/reactorstack/test/Walk.java");
  private static final boolean WRITE = Boolean.getBoolean("docs.write");
  private static final String REQUEST = "GET / ";
  private static final String ANSWER = "HTTP/1.1 200";

  private static Walk walk;

  @BeforeAll
  static void walk() {
    walk = new Walk();
  }

  @Test
  void figures() throws IOException {
    assertThat(walk.body()).isEqualTo("A page of the park");
    assertThat(walk.again()).contains("reset");
    assertThat(walk.connections()).isEqualTo(1);
    check("configuration", fenced(walk.configuration()));
    check("leases", fenced(Walk.table(walk.before, "home", "DHCP leases on if1") + "\n"
        + Walk.table(walk.before, "laptop", "routes") + "\n" + Walk.table(walk.before, "home-lan", "MAC addresses")));
    check("fetch", fenced(walk.fetch()));
    check("request", walk.fields(REQUEST));
    check("octets inside", fenced(walk.octets(REQUEST, 0)));
    check("octets outside", fenced(walk.octets(REQUEST, 1)));
    check("laptop", fenced(Walk.table(walk.during, "laptop", "ARP cache")));
    check("mappings", fenced(Walk.table(walk.during, "home", "NAT mappings") + "\n"
        + Walk.table(walk.during, "home", "ARP cache")));
    check("router", fenced(Walk.table(walk.during, "router2", "routes") + "\n"
        + Walk.table(walk.during, "router2", "ARP cache")));
    check("server", fenced(Walk.table(walk.during, "www", "sockets")));
    check("answer", walk.fields(ANSWER));
    check("trace", fenced(walk.trace()));
    check("later", fenced(Walk.table(walk.after, "home", "NAT mappings") + "\n"
        + Walk.table(walk.after, "laptop", "ARP cache")));
    check("resumption", fenced(walk.resumption()));
  }

  @Test
  void programIsThatOfTheRun() throws IOException {
    String page = Files.readString(PAGE);
    int from = page.indexOf("```java\n") + "```java\n".length();
    List<String> program = page.substring(from, page.indexOf("```", from)).lines().map(String::strip).toList();
    assertThat(program).hasSizeGreaterThan(4);
    assertThat(Files.readString(RUN)).contains(program);
  }

  private static String fenced(String text) {
    return "```\n" + text + "```\n";
  }

  private static void check(String part, String expected) throws IOException {
    String begin = "<!-- " + part + ": generated -->\n";
    String page = Files.readString(PAGE);
    assertThat(page).contains(begin).contains("<!-- end of " + part + " -->");
    int from = page.indexOf(begin) + begin.length();
    int to = page.indexOf("<!-- end of " + part + " -->");
    if (WRITE) {
      Files.writeString(PAGE, page.substring(0, from) + expected + page.substring(to));
    } else {
      assertThat(page.substring(from, to)).as("run this test with -Ddocs.write=true").isEqualTo(expected);
    }
  }
}
