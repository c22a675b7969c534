package io.reactorstack.dns.hierarchy;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.server.RecursiveServer;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.RequiresNetAdmin;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests the recursive server on the stack with dig, kdig and dnsperf; it resolves names over the real hierarchy. */
@RequiresNetAdmin
class RecursiveServerOnLinuxTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  private static RealHierarchy hierarchy;

  @BeforeAll
  static void start() throws IOException {
    ExternalCommand.require("dnsperf", "kdig");
    hierarchy = RealHierarchy.start();
    DnsResolver resolver = DnsResolver.create(hierarchy.stack()).iterative(new StringReader(hierarchy.rootHints()));
    RecursiveServer.create(hierarchy.stack(), resolver).bind().block(SOON);
  }

  @AfterAll
  static void stop() {
    if (hierarchy != null) {
      hierarchy.close();
    }
  }

  @Test
  void digGetsTheAnswersOfUnbound() {
    List<Expected> reference = hierarchy.reference(Names.undisputed());
    List<Dig.Answer> ours = hierarchy.dig().ask(RealHierarchy.STACK_IPV4, Names.undisputed());
    assertThat(ours).allSatisfy(answer -> assertThat(answer.flags()).contains("qr", "rd", "ra").doesNotContain("aa"));
    assertThat(Expected.differences(reference,
        question -> ours.stream().map(Dig.Answer::expected).filter(own -> own.question().equals(question)).findFirst()
            .orElseThrow()))
        .isEmpty();
  }

  @Test
  void kdigGetsLargeAndNegativeAnswers() {
    String many = kdig("many.big.lab", "A");
    assertThat(many).contains("status: NOERROR").contains("ANSWER: 100").contains("(TCP)").contains("Flags: qr rd ra");
    String none = kdig("nothing.alpha.test", "A");
    assertThat(none).contains("status: NXDOMAIN").contains("AUTHORITY SECTION").contains("SOA");
    assertThat(kdig("localhost", "A")).contains("127.0.0.1");
    assertThat(kdig("www.lame.test", "A", "+edns")).contains("status: SERVFAIL");
    assertThat(kdig("www.alpha.test", "A", "+norec")).contains("status: ");
    assertThat(kdig("never-asked.alpha.test", "A", "+norec")).contains("status: REFUSED");
  }

  private static String kdig(String name, String... more) {
    List<String> command = Stream.concat(Stream.of("kdig", "@" + RealHierarchy.STACK_IPV4, name), Stream.of(more))
        .toList();
    return hierarchy.namespace().run(command.toArray(String[]::new)).orThrow();
  }

  @Test
  void dnsperfLosesNoQuery() throws IOException {
    Path names = Files.writeString(hierarchy.namespace().folder().resolve("names"), Names.undisputed().stream()
        .filter(question -> !question.type().startsWith("TYPE")
            && question.name().matches("[a-z0-9.-]+\\.(alpha|chain|wild)\\.(test|lab)\\."))
        .map(Question::toString).collect(Collectors.joining("\n", "", "\n")));
    String report = hierarchy.namespace().run("dnsperf", "-s", RealHierarchy.STACK_IPV4, "-d", names.toString(), "-n",
        "50", "-c", "4", "-q", "100", "-t", "10", "-e").orThrow();
    System.out.println(report.lines().filter(line -> line.contains("Queries") || line.contains("Response codes"))
        .collect(Collectors.joining("\n")));
    assertThat(figure(report, "Queries sent: +(\\d+)")).isGreaterThan(1000);
    assertThat(figure(report, "Queries lost: +(\\d+)")).isZero();
    assertThat(report).contains("NOERROR").contains("NXDOMAIN");
  }

  private static long figure(String report, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(report);
    assertThat(matcher.find()).as(report).isTrue();
    return Long.parseLong(matcher.group(1));
  }
}
