package io.reactorstack.dns;

import static io.reactorstack.dns.FakeServers.a;
import static io.reactorstack.dns.FakeServers.aaaa;
import static io.reactorstack.dns.FakeServers.answering;
import static io.reactorstack.dns.FakeServers.cname;
import static io.reactorstack.dns.FakeServers.ns;
import static io.reactorstack.dns.FakeServers.soa;
import static io.reactorstack.dns.ResolverBench.S1;
import static io.reactorstack.dns.ResolverBench.S2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import java.io.IOException;
import java.io.StringReader;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Tests a resolver's queries and outcomes against scripted servers. */
class DnsResolverTest {

  private final ResolverBench bench = new ResolverBench(S1, S2);
  private final FakeServers net = bench.net;

  @AfterEach
  void noExchangeStaysOpen() {
    bench.loop.runUntilIdle(Duration.ofHours(1));
    assertThat(net.open).as("open exchanges").isZero();
  }

  @Test
  @Requirement({"RFC1123-6.1.2.2-02", "RFC1035-7.1-01", "RFC9619-4-01"})
  void asksOneQuestionOfClassIn() {
    net.overUdp(S1, answering(m -> m.addRecord(a("www.example.lab", 60, "10.0.0.3"), Section.ANSWER)));

    assertThat(bench.resolve("www.example.lab").addresses()).containsExactly("10.0.0.3");

    Message query = net.asked.getFirst().query();
    assertThat(query.getSection(Section.QUESTION)).hasSize(1);
    assertThat(query.getQuestion().getDClass()).isEqualTo(DClass.IN);
    assertThat(query.getQuestion().getType()).isEqualTo(Type.A);
    assertThat(query.getSection(Section.ANSWER)).isEmpty();
    assertThat(query.getSection(Section.AUTHORITY)).isEmpty();
    assertThat(query.getSection(Section.ADDITIONAL)).as("the OPT record").hasSize(1);
  }

  @Test
  @Requirement({"RFC1035-4.1.1-01", "RFC1123-6.1.2.3-01", "RFC4035-4.9.2-01"})
  void setsOnlyRecursionDesiredInTheHeader() {
    net.overUdp(S1, answering(m -> m.addRecord(a("www.example.lab", 60, "10.0.0.3"), Section.ANSWER)));
    bench.resolve("www.example.lab");
    byte[] octets = net.asked.getFirst().query().toWire();
    assertThat(octets[2]).as("QR, opcode, AA, TC clear, RD set").isEqualTo((byte) 1);
    assertThat(octets[3]).as("RA, Z, AD, CD, RCODE clear").isZero();
  }

  @Test
  @Requirement("RFC1123-6.1.1-01")
  void translatesNamesToAddressesAndAddressesToNames() {
    net.overUdp(S1, answering(m -> m.addRecord(m.getQuestion().getType() == Type.PTR
        ? new PTRRecord(m.getQuestion().getName(), DClass.IN, 60, FakeServers.name("www.example.lab"))
        : a("www.example.lab", 60, "10.0.0.9"), Section.ANSWER)));
    assertThat(bench.resolve("www.example.lab").addresses()).containsExactly("10.0.0.9");
    List<String> names = new ArrayList<>();
    bench.resolver.ptr(IpAddress.parse("10.0.0.9")).subscribe(names::add);
    bench.loop.settle();
    assertThat(names).containsExactly("www.example.lab");
    assertThat(net.asked.getLast().name()).hasToString("9.0.0.10.in-addr.arpa.");
  }

  @Test
  @Requirement("RFC1123-6.1.4.2-02")
  void emitsAllAddressesInTheOrderOfTheAnswerEachOnce() {
    net.overUdp(S1, answering(m -> {
      m.addRecord(a("www.example.lab", 60, "10.0.0.9"), Section.ANSWER);
      m.addRecord(a("www.example.lab", 60, "10.0.0.3"), Section.ANSWER);
      m.addRecord(a("other.example.lab", 60, "10.0.0.66"), Section.ANSWER);
    }));
    List<String> one = new ArrayList<>();
    bench.resolver.resolve("www.example.lab").map(Object::toString).subscribe(one::add);
    bench.loop.settle();
    assertThat(one).containsExactly("10.0.0.9", "10.0.0.3");
  }

  @Test
  void asksForIpv6Addresses() {
    net.overUdp(S1, answering(m -> m.addRecord(aaaa("www.example.lab", 60, "2001:db8::3"), Section.ANSWER)));
    assertThat(bench.resolve("www.example.lab", AddressType.AAAA).addresses()).containsExactly("2001:db8::3");
    assertThat(net.asked.getFirst().query().getQuestion().getType()).isEqualTo(Type.AAAA);
  }

  @Test
  @Requirement({"RFC1035-3.1-02", "RFC4343-3-01", "RFC4343-3-02"})
  void comparesNamesWhateverTheirCase() {
    net.overUdp(S1, answering(m -> m.addRecord(a("WWW.EXAMPLE.lab", 60, "10.0.0.3"), Section.ANSWER)));
    assertThat(bench.resolve("www.Example.LAB").addresses()).containsExactly("10.0.0.3");
    assertThat(bench.resolve("wWw.example.lab.").addresses()).containsExactly("10.0.0.3");
    assertThat(net.asked).as("the second is answered from the cache").hasSize(1);
  }

  // ---- names that need no query

  @Test
  void literalsPassThrough() {
    assertThat(bench.resolve("192.0.2.7").addresses()).containsExactly("192.0.2.7");
    assertThat(bench.resolve("2001:db8::7").addresses()).containsExactly("2001:db8::7");
    assertThat(net.asked).isEmpty();
  }

  @Test
  void namesOfSpecialUseAreNeverQueried() {
    assertThat(bench.resolve("localhost").addresses()).containsExactly("127.0.0.1");
    assertThat(bench.resolve("a.LocalHost.", AddressType.AAAA).addresses()).containsExactly("::1");
    assertThat(bench.resolve("www.invalid").reason()).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(bench.resolve("x.onion").reason()).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(net.asked).isEmpty();
  }

  @Test
  @Requirement("RFC3927-1.4-02")
  void theNamesOfLinkLocalAddressesAreNeverQueried() {
    assertThat(bench.resolve("7.1.254.169.in-addr.arpa").reason()).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(bench.resolve("254.169.IN-ADDR.arpa.", AddressType.AAAA).reason()).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(net.asked).isEmpty();
  }

  @Test
  @Requirement("RFC1034-5.3.2-01")
  void hostsTableTakesPrecedenceOverTheCache() {
    net.overUdp(S1, answering(m -> m.addRecord(a("db.lab", 60, "10.9.9.9"), Section.ANSWER)));
    bench.resolver = bench.resolver.hosts(Map.of("DB.lab", List.of(IpAddress.parse("10.0.0.5"))));
    assertThat(bench.resolve("db.LAB").addresses()).containsExactly("10.0.0.5");
    assertThat(bench.resolve("db.lab", AddressType.AAAA).reason()).isEqualTo(Reason.NO_DATA);
    assertThat(net.asked).isEmpty();
  }

  @Test
  void readsTheFormatOfAHostsFile() throws IOException {
    bench.resolver = bench.resolver.hosts(new StringReader("""
        # comment
        10.0.0.7  web www.lab   # two names
        fe80::1   web
        nonsense  here
        """));
    assertThat(bench.resolve("web").addresses()).containsExactly("10.0.0.7");
    assertThat(bench.resolve("web", AddressType.AAAA).addresses()).containsExactly("fe80::1");
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.7");
  }

  @Test
  @Requirement("RFC1034-3.5-01")
  void invalidNamesAreNotQueried() {
    String label63 = "a".repeat(63);
    for (String bad : List.of("", ".", "a..b", "a".repeat(64) + ".lab", (label63 + ".").repeat(4) + "lab")) {
      assertThat(bench.resolve(bad).reason()).as(bad).isEqualTo(Reason.INVALID_NAME);
    }
    assertThat(net.asked).isEmpty();
    bench.start(label63 + ".lab");
    assertThat(net.asked).hasSize(1);
  }

  @Test
  void nonAsciiNamesAreQueriedAsALabels() {
    bench.start("b\u00fccher.lab");
    assertThat(net.asked.getFirst().name()).hasToString("xn--bcher-kva.lab.");
  }

  @Test
  void failsIfNoServerIsConfigured() {
    bench.resolver = bench.resolver.servers(List.of());
    assertThat(bench.resolve("www.lab").reason()).isEqualTo(Reason.NO_SERVER);
  }

  // ---- search list

  @Test
  @Requirement({"RFC1123-6.1.4.3-02", "RFC1123-6.1.4.3-04"})
  void searchListIsAppliedOnceAndLastToNamesWithEnoughDots() {
    net.overUdp(S1, answering(m -> m.getHeader().setRcode(Rcode.NXDOMAIN)));
    bench.resolver = bench.resolver.searchDomains(1, "eu.lab", "lab");
    bench.resolve("web");
    assertThat(names()).containsExactly("web.eu.lab.", "web.lab.", "web.");

    net.asked.clear();
    bench.resolve("www.web");
    assertThat(names()).as("enough dots").containsExactly("www.web.", "www.web.eu.lab.", "www.web.lab.");
  }

  @Test
  @Requirement({"RFC1123-6.1.4.3-01", "RFC1123-6.1.4.3-03"})
  void searchListIsNotAppliedToCompleteNamesNorByDefault() {
    net.overUdp(S1, answering(m -> m.getHeader().setRcode(Rcode.NXDOMAIN)));
    bench.resolve("web");
    assertThat(names()).as("no list by default").containsExactly("web.");

    bench.resolver = bench.resolver.searchDomains(1, "eu.lab", "lab");
    net.asked.clear();
    bench.resolve("web.");
    assertThat(names()).as("a trailing dot").containsExactly("web.");
  }

  private List<String> names() {
    return net.asked.stream().map(q -> q.name().toString()).toList();
  }

  // ---- negative answers

  @Test
  @Requirement({"RFC1034-5.2.1-01", "RFC2308-2.2-01"})
  void distinguishesNameErrorFromNoData() {
    net.overUdp(S1, answering(m -> {
      if (m.getQuestion().getName().toString().startsWith("no")) {
        m.getHeader().setRcode(Rcode.NXDOMAIN);
      }
      m.addRecord(soa("lab", 100, 100), Section.AUTHORITY);
    }));
    ResolverBench.Result none = bench.resolve("no.lab");
    assertThat(none.reason()).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(none.error).isInstanceOf(UnknownHostException.class)
        .hasMessage("no.lab: name not found, says 192.0.2.1:53");
    assertThat(bench.resolve("text.lab").reason()).isEqualTo(Reason.NO_DATA);
    assertThat(net.asked).as("a negative answer is not checked with another server").hasSize(2);
  }

  @Test
  @Requirement("RFC2308-2.2-01")
  void referralIsAServerFailure() {
    net.overUdp(S1, answering(m -> m.addRecord(ns("lab", "ns.lab"), Section.AUTHORITY)));
    net.overUdp(S2, answering(m -> m.addRecord(a("www.lab", 60, "10.0.0.3"), Section.ANSWER)));
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
  }

  @Test
  void failureHasTheAliasesAndTheZoneThatDeniesTheName() {
    net.overUdp(S1, answering(m -> {
      m.addRecord(cname("www.lab", 60, "gone.lab"), Section.ANSWER);
      m.addRecord(soa("lab", 100, 50), Section.AUTHORITY);
      m.getHeader().setRcode(Rcode.NXDOMAIN);
    }));
    assertDenial(bench.resolve("www.lab").error, "www.lab: alias of gone.lab, name not found, says 192.0.2.1:53");
    assertDenial(bench.resolve("www.lab").error, "www.lab: alias of gone.lab, name not found"); // from the cache
    List<Throwable> failures = new ArrayList<>();
    bench.resolver.query("www.lab", RecordType.MX).subscribe(response -> {
    }, failures::add);
    assertDenial(failures.getFirst(), "www.lab: alias of gone.lab, name not found");
    assertThat(net.asked).hasSize(1);
  }

  private static void assertDenial(@Nullable Throwable failure, String message) {
    assertThat(failure).isInstanceOfSatisfying(DnsException.class, denial -> {
      assertThat(denial).hasMessage(message);
      assertThat(denial.aliases()).extracting(DnsRecord::toString).containsExactly("www.lab. 60 IN CNAME gone.lab.");
      assertThat(denial.soa()).hasValueSatisfying(soa -> {
        assertThat(soa.name()).isEqualTo("lab");
        assertThat(soa.type()).isEqualTo(RecordType.SOA);
        assertThat(soa.timeToLive()).as("the smaller of the record's and its minimum")
            .isEqualTo(Duration.ofSeconds(50));
      });
    });
  }

  // ---- aliases

  @Test
  @Requirement({"RFC2308-1-01", "RFC1034-5.2.2-01", "RFC1034-5.2.2-03"})
  void followsAliasesInOneAnswerInAnyOrder() {
    net.overUdp(S1, answering(m -> {
      m.addRecord(a("c.lab", 60, "10.0.0.3"), Section.ANSWER);
      m.addRecord(cname("b.lab", 60, "c.lab"), Section.ANSWER);
      m.addRecord(cname("a.lab", 60, "b.lab"), Section.ANSWER);
    }));
    ResolverBench.Result result = bench.resolve("a.lab");
    assertThat(result.addresses()).containsExactly("10.0.0.3");
    assertThat(result.value().canonicalName()).isEqualTo("c.lab");
    assertThat(net.asked).hasSize(1);
  }

  @Test
  @Requirement({"RFC1034-3.6.2-03", "RFC2308-2.2.1-01"})
  void queriesTheTargetIfTheAnswerHasOnlyTheAlias() {
    net.overUdp(S1, answering(m -> {
      switch (m.getQuestion().getName().toString()) {
        case "a.lab." -> m.addRecord(cname("a.lab", 7, "b.lab"), Section.ANSWER);
        case "b.lab." -> m.addRecord(cname("b.lab", 9, "c.lab"), Section.ANSWER);
        default -> m.addRecord(a("c.lab", 60, "10.0.0.3"), Section.ANSWER);
      }
    }));
    ResolverBench.Result result = bench.resolve("a.lab");
    assertThat(result.addresses()).containsExactly("10.0.0.3");
    assertThat(result.value().timeToLive()).as("the first alias has the shortest time to live")
        .isEqualTo(Duration.ofSeconds(7));
    assertThat(names()).containsExactly("a.lab.", "b.lab.", "c.lab.");
  }

  @Test
  @Requirement({"RFC1034-3.6.2-02", "RFC1034-5.2.2-04", "RFC1035-7.1-03"})
  void detectsAliasLoopsWithinAndAcrossAnswers() {
    net.overUdp(S1, answering(m -> {
      m.addRecord(cname("a.lab", 60, "b.lab"), Section.ANSWER);
      m.addRecord(cname("b.lab", 60, "a.lab"), Section.ANSWER);
    }));
    assertThat(bench.resolve("a.lab").reason()).isEqualTo(Reason.ALIAS_LOOP);

    net.asked.clear();
    net.overUdp(S1, answering(m -> {
      String name = m.getQuestion().getName().toString();
      m.addRecord(cname(name, 60, name.equals("x.lab.") ? "y.lab." : "x.lab."), Section.ANSWER);
    }));
    assertThat(bench.resolve("x.lab").reason()).isEqualTo(Reason.ALIAS_LOOP);
    assertThat(net.asked).hasSize(2);

    net.asked.clear();
    net.overUdp(S1, answering(m -> {
      String name = m.getQuestion().getName().toString();
      m.addRecord(cname(name, 60, "x" + name), Section.ANSWER);
    }));
    assertThat(bench.resolve("z.lab").reason()).as("a chain without an end").isEqualTo(Reason.TOO_MUCH_WORK);
    assertThat(net.asked).as("bounded work").hasSize(16);
  }

  @Test
  @Requirement("RFC1035-7.1-03")
  void chainOfAliasesInOneAnswerIsBounded() {
    for (int aliases : new int[] {16, 17}) {
      String host = "n0.lab" + aliases;
      net.overUdp(S1, answering(m -> {
        for (int i = 0; i < aliases; i++) {
          m.addRecord(cname("n" + i + ".lab" + aliases, 60, "n" + (i + 1) + ".lab" + aliases), Section.ANSWER);
        }
        m.addRecord(a("n" + aliases + ".lab" + aliases, 60, "10.0.0.3"), Section.ANSWER);
      }));
      assertThat(bench.resolve(host).reason()).as(host).isEqualTo(aliases == 16 ? null : Reason.ALIAS_LOOP);
    }
  }

  @Test
  @Requirement("RFC2308-2.1-01")
  void nameErrorBehindAnAliasRefersToTheTarget() {
    net.overUdp(S1, answering(m -> {
      m.getHeader().setRcode(Rcode.NXDOMAIN);
      m.addRecord(cname("a.lab", 60, "gone.lab"), Section.ANSWER);
      m.addRecord(soa("lab", 60, 60), Section.AUTHORITY);
    }));
    assertThat(bench.resolve("a.lab").reason()).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(net.asked).hasSize(1);
  }

  @Test
  @Requirement({"RFC5452-6-01", "RFC2181-5.4.1-04"})
  void ignoresRecordsThatDoNotBelongToTheQuestion() {
    net.overUdp(S1, answering(m -> {
      m.addRecord(a("www.lab", 60, "10.0.0.3"), Section.ANSWER);
      m.addRecord(a("bank.lab", 60, "6.6.6.6"), Section.ANSWER);
      m.addRecord(a("bank.lab", 60, "6.6.6.6"), Section.ADDITIONAL);
      m.addRecord(a("www.lab", 60, "6.6.6.6"), Section.ADDITIONAL);
    }));
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
    net.overUdp(S1, answering(m -> m.addRecord(a("bank.lab", 60, "10.0.0.4"), Section.ANSWER)));
    assertThat(bench.resolve("bank.lab").addresses()).containsExactly("10.0.0.4");
    assertThat(net.asked).hasSize(2);
  }

  // ---- truncation

  @Test
  @Requirement({"RFC1035-4.2.1-02", "RFC2181-9-02", "RFC1123-6.1.3.2-01"})
  void truncatedAnswerLeadsToAQueryOverTcp() {
    net.overUdp(S1, answering(m -> {
      m.getHeader().setFlag(Flags.TC);
      m.addRecord(a("big.lab", 60, "10.0.0.1"), Section.ANSWER);
    }));
    net.overTcp(S1, answering(m -> {
      m.addRecord(a("big.lab", 60, "10.0.0.1"), Section.ANSWER);
      m.addRecord(a("big.lab", 60, "10.0.0.2"), Section.ANSWER);
    }));
    assertThat(bench.resolve("big.lab").addresses()).containsExactly("10.0.0.1", "10.0.0.2");
    assertThat(net.asked).extracting(FakeServers.Asked::tcp).containsExactly(false, true);
    assertThat(bench.resolve("big.lab").addresses()).hasSize(2);
  }

  @Test
  @Requirement("RFC7766-6.2.4-01")
  void connectionThatEndsWithoutAnAnswerLeadsToTheNextServer() {
    net.overUdp(S1, answering(m -> m.getHeader().setFlag(Flags.TC)));
    net.overTcp(S1, (query, replies) -> replies.end());
    net.overUdp(S2, answering(m -> m.addRecord(a("big.lab", 60, "10.0.0.2"), Section.ANSWER)));
    assertThat(bench.resolve("big.lab").addresses()).containsExactly("10.0.0.2");
  }

  // ---- settings

  @Test
  void rejectsSettingsThatTheRfcsForbid() {
    DnsResolver r = bench.resolver;
    assertThatThrownBy(() -> r.retries(3)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> r.queryTimeout(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> r.cacheFailureTimeToLive(Duration.ofMinutes(6)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> r.hosts(Map.of("a..b", List.of()))).isInstanceOf(IllegalArgumentException.class);
  }
}
