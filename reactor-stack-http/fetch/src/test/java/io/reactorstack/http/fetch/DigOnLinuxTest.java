package io.reactorstack.http.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.hierarchy.Host;
import io.reactorstack.dns.hierarchy.RealHierarchy;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the command {@code dig} over a TAP interface of the Linux kernel against NSD, Knot and BIND. */
@RequiresNetAdmin
@Timeout(120)
class DigOnLinuxTest {

  private static final String KERNEL = "192.168.78.1";
  private static final String STACK = "192.168.78.2";
  private static final Pattern STATUS = Pattern.compile("status: (\\w+)");

  private static RealHierarchy hierarchy;
  private static NetworkNamespace namespace;
  private static Path hints;

  @BeforeAll
  static void start() throws IOException {
    hierarchy = RealHierarchy.start();
    namespace = hierarchy.namespace();
    hints = Files.writeString(namespace.folder().resolve("hints"), hierarchy.rootHints());
    namespace.run("ip", "tuntap", "add", "dev", "tap0", "mode", "tap").orThrow();
    namespace.run("ip", "address", "add", KERNEL + "/24", "dev", "tap0").orThrow();
    namespace.run("ip", "link", "set", "tap0", "up").orThrow();
  }

  @AfterAll
  static void stop() {
    if (hierarchy != null) {
      hierarchy.close();
    }
  }

  private static ExternalCommand.Result run(String... args) {
    List<String> all = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java",
        "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Xmx64m", "-cp",
        System.getProperty("java.class.path"), Fetch.class.getName(), "dig", "--tap", "tap0", "--address",
        STACK + "/24", "--gateway", KERNEL, "--no-probe"));
    all.addAll(List.of(args));
    return namespace.run(Duration.ofSeconds(60), all);
  }

  /** Returns the response code and the records of the answer section, sorted and without times to live. */
  private static List<String> answer(String output) {
    Matcher status = STATUS.matcher(output);
    assertThat(status.find()).as(output).isTrue();
    List<String> lines = new ArrayList<>(output.lines().dropWhile(line -> !line.equals(";; ANSWER SECTION:")).skip(1)
        .takeWhile(line -> !line.isEmpty()).map(line -> {
          List<String> words = new ArrayList<>(Arrays.asList(line.split("\\s+")));
          words.remove(1);
          return String.join(" ", words);
        }).sorted().toList());
    lines.addFirst(status.group(1));
    return lines;
  }

  @ParameterizedTest
  @CsvSource({"www.alpha.test A", "c1.alpha.test A", "www.noglue.test A", "www.deepglue.test A",
      "www.tree.dname.test A",
      "many.big.lab A", "mail.big.lab MX", "wild.test SOA", "nothing.alpha.test A", "www.alpha.test NAPTR", ". NS"})
  void theWalkFindsUnboundsAnswer(String question) {
    String[] words = question.split(" ");
    ExternalCommand.Result walk = run("--trace", "--root-hints", hints.toString(), words[0], words[1]);
    assertThat(walk.exitCode()).as(walk.output()).isZero();
    String reference = namespace.run("dig", "@" + Host.RESOLVER.ipv4(), words[0], words[1]).orThrow();
    assertThat(answer(walk.output())).as(walk.output()).isEqualTo(answer(reference));
    assertThat(walk.output()).startsWith("zone ").matches("(?s).*\n;; Total: \\d+ quer(y|ies), \\d+ msec\n");
  }

  @Test
  void theStoryShowsTheWalkThroughRealServers() {
    ExternalCommand.Result walk = run("--trace", "--story", "--root-hints", hints.toString(), "www.noglue.test");
    assertThat(walk.output()).containsSubsequence("zone ", "servers of .\n", "\n.  ", " test.  ",
        "address of ns1.hosting.lab. (A)\n", " lab.  ", " hosting.lab.  ", " noglue.test.  ", "answer A 10.7.0.2");
    // The story breaks lines that are too long.
    assertThat(walk.output().replaceAll("\\n[ |]+", " ")).contains("DNS query NS .", "DNS referral to test for A test",
        "DNS query A www.noglue.test", "DNS answer A 10.7.0.2 ttl 3600");
  }

  @Test
  void asksOneServer() {
    String server = Host.KNOT.ipv4().toString();
    for (String option : List.of("--no-edns", "--tcp")) {
      ExternalCommand.Result ran = run("@" + server, "alpha.test", "MX", option);
      assertThat(answer(ran.output()))
          .isEqualTo(answer(namespace.run("dig", "@" + server, "alpha.test", "MX").orThrow()));
      assertThat(ran.output()).contains("flags: qr aa rd;",
          ";; SERVER: " + server + "#53 " + (option.equals("--tcp") ? "(TCP)" : "(UDP)"));
    }
    ExternalCommand.Result refused = run("@" + Host.REFUSING.ipv4(), "alpha.test");
    assertThat(refused.output()).contains("status: REFUSED");
    assertThat(refused.exitCode()).isZero();
  }
}
