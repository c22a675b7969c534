package io.reactorstack.dns.hierarchy;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.DnsResolver;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.RequiresNetAdmin;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

/** Tests that the hierarchy itself is what its zone files say: its servers, and Unbound above them. */
@RequiresNetAdmin
class HierarchyTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  private static RealHierarchy hierarchy;
  private static Map<Question, Expected> answers;

  @BeforeAll
  static void start() {
    hierarchy = RealHierarchy.start();
    answers = hierarchy.reference(Names.all()).stream()
        .collect(Collectors.toMap(Expected::question, Function.identity()));
  }

  @AfterAll
  static void stop() {
    if (hierarchy != null) {
      hierarchy.close();
    }
  }

  @Test
  void unboundGivesTheAnswersThatAreWrittenByHand() {
    List<Expected> expected = ExpectedFile.read();
    assertThat(expected).hasSizeGreaterThan(90);
    assertThat(Expected.differences(expected, HierarchyTest::unbound)).isEmpty();
  }

  /** Every question by hand is one of those that are generated, so that other resolvers are asked it too. */
  private static Expected unbound(Question question) {
    assertThat(answers).containsKey(question);
    return answers.get(question);
  }

  @Test
  void unboundFindsEveryRecordOfTheZones() {
    Map<Question, List<Record>> owned = new HashMap<>();
    HostedZone.ALL.stream().map(HostedZone::authoritative).flatMap(Collection::stream).forEach(record -> owned
        .merge(Question.of(record.getName(), record.getType()), List.of(record),
            (a, b) -> Stream.concat(a.stream(), b.stream()).toList()));
    assertThat(owned).hasSizeGreaterThan(200);
    assertThat(owned).anySatisfy((question, records) -> assertThat(records).hasSize(100));
    assertThat(Expected.differences(owned.entrySet().stream()
        .map(entry -> Expected.of(entry.getKey(), Rcode.NOERROR, entry.getValue())).toList(), HierarchyTest::unbound))
        .isEmpty();
  }

  @Test
  void everyServerAnswersForItsZones() {
    for (Host host : Host.values()) {
      List<Question> questions = HostedZone.at(host).stream().map(zone -> new Question(zone.origin().toString(), "SOA"))
          .toList();
      if (questions.isEmpty()) {
        continue;
      }
      for (String transport : List.of("+notcp", "+tcp")) {
        assertThat(hierarchy.dig().ask(host, questions, "+norecurse", transport))
            .as("%s %s", host, transport).allSatisfy(answer -> {
              assertThat(answer.expected().rcode()).isEqualTo("NOERROR");
              assertThat(answer.expected().records()).hasSize(1);
              assertThat(answer.flags()).contains("aa").doesNotContain("ra");
            });
      }
    }
  }

  @Test
  void serversThatDoNotHaveAZoneSaySo() {
    assertThat(code(Host.KNOT, "www.lame.test.")).isEqualTo("REFUSED");
    assertThat(code(Host.NSD, "www.lame.test.")).isEqualTo("REFUSED");
    assertThat(code(Host.KNOT, "www.big.lab.")).as("the lame server of big.lab").isEqualTo("REFUSED");
    assertThat(code(Host.KNOT, "www.lab.")).as("the lame server of lab").isEqualTo("REFUSED");
    assertThat(code(Host.NSD_SECOND, "www.broken.test.")).isEqualTo("SERVFAIL");
  }

  @Test
  void serversSynthesizeAliases() {
    for (String text : List.of(
        "www.tree.dname.test. A NOERROR = tree.dname.test. DNAME real.dname.test."
            + " | www.tree.dname.test. CNAME www.real.dname.test. | www.real.dname.test. A 10.4.0.2",
        "www.away.dname.test. A NOERROR = away.dname.test. DNAME alpha.lab."
            + " | www.away.dname.test. CNAME www.alpha.lab.",
        "any.cnout.wild.test. A NOERROR = any.cnout.wild.test. CNAME www.alpha.lab.")) {
      Expected expected = ExpectedFile.parse(text);
      assertThat(hierarchy.dig().ask(Host.KNOT, List.of(expected.question()), "+norecurse").getFirst().expected())
          .isEqualTo(expected);
    }
    assertThat(code(Host.NSD, "label-9ab.toolong.alpha.lab.")).isEqualTo("NXDOMAIN");
    assertThat(code(Host.NSD, "label-10ab.toolong.alpha.lab.")).isEqualTo("YXDOMAIN");
  }

  private static String code(Host host, String name) {
    return hierarchy.dig().ask(host, List.of(new Question(name, "A")), "+norecurse").getFirst().expected().rcode();
  }

  @Test
  void closedAndSilentHostsDoNotAnswer() {
    assertThat(failure(Host.CLOSED)).contains("connection refused");
    assertThat(failure(Host.SILENT)).contains("timed out");
  }

  private static String failure(Host host) {
    ExternalCommand.Result result = hierarchy.namespace().run("dig", "@" + host.ipv4Text(), "+tries=1", "+time=1",
        ".", "SOA");
    assertThat(result.exitCode()).as("no reply from a server").isEqualTo(9);
    return result.output();
  }

  @Test
  void bigAnswersAreTruncatedOverUdp() {
    Question many = new Question("many.big.lab.", "A");
    Dig.Answer udp = hierarchy.dig().ask(Host.NSD, List.of(many), "+ignore").getFirst();
    assertThat(udp.flags()).contains("tc");
    assertThat(udp.expected().records()).hasSizeLessThan(100);
    assertThat(hierarchy.dig().ask(Host.NSD, List.of(many)).getFirst().expected().records()).hasSize(100);
    assertThat(hierarchy.dig().ask(Host.RESOLVER, List.of(many), "+ignore").getFirst().flags()).contains("tc", "ra");
    Question medium = new Question("medium.big.lab.", "TXT");
    assertThat(hierarchy.dig().ask(Host.NSD, List.of(medium), "+ignore").getFirst().flags()).doesNotContain("tc");
    assertThat(hierarchy.dig().ask(Host.NSD, List.of(medium), "+ignore", "+noedns").getFirst().flags()).contains("tc");
  }

  @Test
  void theOtherUnboundRefuses() {
    Question question = new Question("www.alpha.test.", "A");
    // The namespace's own first address is that of this server, whose requests it would serve.
    assertThat(hierarchy.dig().ask(Host.REFUSING, List.of(question), "-b", Host.RESOLVER.ipv4Text()).getFirst()
        .expected()).isEqualTo(new Expected(question, "REFUSED", Set.of()));
  }

  @Test
  void theStackReachesTheServers() {
    DnsResolver resolver = DnsResolver.create(hierarchy.stack()).cacheSize(0);
    assertThat(resolver.servers(Host.RESOLVER.ipv4()).resolve("www.tree.dname.test").collectList().block(SOON))
        .containsExactly(IpAddress.parse("10.4.0.2"));
    assertThat(resolver.servers(Host.NSD.ipv6()).resolve("many.big.lab").collectList().block(SOON)).hasSize(100);
  }

  @Test
  void closingRemovesEverything() {
    RealHierarchy other = RealHierarchy.start();
    String name = other.namespace().name();
    assertThat(namespaces()).contains(name);
    other.close();
    other.close();
    assertThat(namespaces()).doesNotContain(name);
    assertThat(other.namespace().folder()).doesNotExist();
  }

  private static List<String> namespaces() {
    return ExternalCommand.run(SOON, List.of("ip", "netns", "list")).orThrow().lines()
        .map(line -> line.split(" ")[0]).toList();
  }
}
