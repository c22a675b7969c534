package io.reactorstack.dns;

import static io.reactorstack.dns.FakeServers.SILENT;
import static io.reactorstack.dns.FakeServers.a;
import static io.reactorstack.dns.FakeServers.aaaa;
import static io.reactorstack.dns.FakeServers.answering;
import static io.reactorstack.dns.FakeServers.cname;
import static io.reactorstack.dns.FakeServers.soa;
import static io.reactorstack.dns.ResolverBench.S1;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.FakeServers.Behaviour;
import io.reactorstack.dns.ResolverBench.Result;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.packet.IpAddress;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Tests how the outcomes of a search list's candidates are combined into one outcome. */
class SearchOutcomesTest {

  private final ResolverBench bench = new ResolverBench(S1);
  private final FakeServers net = bench.net;

  @AfterEach
  void noExchangeStaysOpen() {
    bench.loop.runUntilIdle(java.time.Duration.ofHours(1));
    assertThat(net.open).as("open exchanges").isZero();
  }

  /**
   * The server's reaction to one candidate, and the reason that the resolver reports if the search finds nothing
   * better.
   */
  private enum Fate {
    NAME_ERROR(Reason.NAME_NOT_FOUND, answering(m -> {
      m.getHeader().setRcode(Rcode.NXDOMAIN);
      m.addRecord(soa("lab", 60, 60), Section.AUTHORITY);
    })),
    NO_DATA(Reason.NO_DATA, answering(m -> m.addRecord(soa("lab", 60, 60), Section.AUTHORITY))),
    LOOP(Reason.ALIAS_LOOP, answering(m -> {
      String owner = m.getQuestion().getName().toString();
      m.addRecord(cname(owner, 60, owner), Section.ANSWER);
    })),
    UNREACHABLE(Reason.UNREACHABLE, (query, replies) -> replies.fail(new IOException("port unreachable"))),
    SILENCE(Reason.TIMEOUT, SILENT),
    REFUSAL(Reason.REFUSED, answering(m -> m.getHeader().setRcode(Rcode.REFUSED))),
    FAILURE(Reason.SERVER_FAILURE, answering(m -> m.getHeader().setRcode(Rcode.SERVFAIL))),
    SUCCESS(null, answering(Fate::address));

    private final Reason reason;
    private final Behaviour behaviour;

    Fate(Reason reason, Behaviour behaviour) {
      this.reason = reason;
      this.behaviour = behaviour;
    }

    private static void address(Message m) {
      String owner = m.getQuestion().getName().toString();
      m.addRecord(m.getQuestion().getType() == Type.A ? a(owner, 60, "10.0.0.3") : aaaa(owner, 60, "2001:db8::3"),
          Section.ANSWER);
    }
  }

  static Stream<List<Fate>> pairs() {
    return Stream.of(Fate.values()).flatMap(one -> Stream.of(Fate.values()).map(two -> List.of(one, two)));
  }

  private void script(String host, Map<Integer, Fate> fates, String... candidates) {
    net.overUdp(S1, (query, replies) -> {
      int index = List.of(candidates).indexOf(query.name().toString());
      assertThat(index).as(query.name() + " for " + host).isNotNegative();
      fates.get(index).behaviour.asked(query, replies);
    });
  }

  /** Returns the reason that is the least certain about the name: after a failure, a later search may find the name. */
  private static Reason worst(Fate... fates) {
    return Stream.of(fates).map(f -> f.reason).max(Enum::compareTo).orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void triesAllCandidatesAndReportsTheWorstOutcome(List<Fate> pair) {
    for (AddressType type : AddressType.values()) {
      for (Fate last : List.of(Fate.NAME_ERROR, Fate.FAILURE, Fate.SUCCESS)) {
        net.asked.clear();
        DnsResolver fresh = bench.resolver.cacheSize(0).searchDomains(1, "eu.lab", "lab");
        bench.resolver = fresh;
        script("web", new java.util.HashMap<>(Map.of(0, pair.get(0), 1, pair.get(1), 2, last)),
            "web.eu.lab.", "web.lab.", "web.");
        Result result = bench.resolve("web", type);
        Fate[] all = {pair.get(0), pair.get(1), last};
        int first = Stream.of(all).toList().indexOf(Fate.SUCCESS);
        if (first >= 0) {
          assertThat(result.value().canonicalName()).isEqualTo(List.of("web.eu.lab", "web.lab", "web").get(first));
        } else {
          assertThat(result.reason()).isEqualTo(worst(all));
          assertThat(result.error).hasMessageStartingWith("web: ");
        }
        assertThat(net.asked.stream().map(q -> q.name().toString()).distinct())
            .hasSize(first >= 0 ? first + 1 : 3);
      }
    }
  }

  @Test
  void searchesTheListAfterTheBareNameFails() {
    Map<Fate, Reason> reported = new EnumMap<>(Fate.class);
    for (Fate fate : Fate.values()) {
      bench.resolver = bench.resolver.cacheSize(0).searchDomains(1, "lab");
      script("www.web", Map.of(0, fate, 1, Fate.SUCCESS), "www.web.", "www.web.lab.");
      Result result = bench.resolve("www.web");
      assertThat(result.value().canonicalName()).as(fate.name())
          .isEqualTo(fate == Fate.SUCCESS ? "www.web" : "www.web.lab");
      script("www.web", Map.of(0, fate, 1, Fate.NAME_ERROR), "www.web.", "www.web.lab.");
      reported.put(fate, bench.resolve("www.web").reason());
    }
    reported.forEach((fate, reason) -> assertThat(reason).as(fate.name()).isEqualTo(fate.reason));
  }

  @Test
  void findsANameOfTheHostsTableWithoutServers() {
    bench.resolver = bench.resolver.servers(List.of()).searchDomains(1, "eu.lab", "lab")
        .hosts(Map.of("web.lab", List.of(IpAddress.parse("10.0.0.7"))));
    assertThat(bench.resolve("web").addresses()).containsExactly("10.0.0.7");
    assertThat(bench.resolve("ftp").reason()).isEqualTo(Reason.NO_SERVER);
  }

  @Test
  void aNetworkThatGivesAnotherDomainChangesTheNamesThatAreTried() {
    net.overUdp(S1, answering(m -> m.addRecord(a(m.getQuestion().getName().toString(), 60, "10.0.0.3"),
        Section.ANSWER)));
    for (String domain : List.of("one.lab", "two.lab", "one.lab")) {
      bench.host.learned = new DnsConfiguration(List.of(), List.of(domain));
      for (int i = 0; i < 4; i++) {
        assertThat(bench.resolve("www").value().canonicalName()).isEqualTo("www." + domain);
      }
    }
    assertThat(net.asked).as("the others come from the cache").hasSize(2);
  }

  @Test
  void cachesAFailureForItsCandidateOnly() {
    bench.resolver = bench.resolver.searchDomains(1, "eu.lab", "lab");
    script("web", Map.of(0, Fate.FAILURE, 1, Fate.NAME_ERROR, 2, Fate.REFUSAL),
        "web.eu.lab.", "web.lab.", "web.");
    assertThat(bench.resolve("web").reason()).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(bench.resolve("web.lab.").reason()).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(bench.resolve("web").reason()).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(net.asked).as("no further queries: answered from the cache").hasSize(3);
  }

  @Test
  void aNameWithATrailingDotIsNotSearchedAfterAFailure() {
    bench.resolver = bench.resolver.searchDomains(1, "lab");
    script("web.", Map.of(0, Fate.FAILURE), "web.");
    assertThat(bench.resolve("web.").reason()).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(net.asked).hasSize(1);
  }
}
