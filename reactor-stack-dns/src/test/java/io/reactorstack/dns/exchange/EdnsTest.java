package io.reactorstack.dns.exchange;

import static io.reactorstack.dns.exchange.ExchangeBench.S1;
import static io.reactorstack.dns.exchange.ExchangeBench.S2;
import static io.reactorstack.dns.exchange.ExchangeBench.addOpt;
import static io.reactorstack.dns.exchange.ExchangeBench.answering;
import static io.reactorstack.dns.exchange.ExchangeBench.answeringWithEdns;
import static io.reactorstack.dns.exchange.ExchangeBench.replying;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.FakeServers;
import io.reactorstack.dns.exchange.ExchangeBench.Outcome;
import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.wire.DnsCodec;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** Tests the OPT record and the fallback to servers without it (RFC 6891). */
class EdnsTest {

  private final ExchangeBench bench = new ExchangeBench();
  private final FakeServers net = bench.net;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(bench.openAfterRest()).isZero();
  }

  /** A server without EDNS: it refuses a query with an OPT record. */
  private static FakeServers.Behaviour plain(int rcode) {
    return replying((query, answer) -> {
      if (query.getOPT() != null) {
        answer.getHeader().setRcode(rcode);
      }
    });
  }

  // ---- the query

  @Test
  @Requirement({"RFC6891-6.1.1-01", "RFC6891-6.1.1-05", "RFC6891-6.1.2-01"})
  void sendsOneOptRecordOfVersionZero() {
    net.overUdp(S1, answeringWithEdns());
    bench.ask("www.example.lab");

    List<Record> additional = bench.last().query().getSection(Section.ADDITIONAL);
    assertThat(additional).hasSize(1);
    OPTRecord opt = (OPTRecord) additional.getFirst();
    assertThat(opt.getName()).isEqualTo(Name.root);
    assertThat(opt.getType()).isEqualTo(41);
    assertThat(opt.getDClass()).as("the UDP size").isEqualTo(1232);
    assertThat(opt.getTTL()).as("extended RCODE, version and flags").isZero();
  }

  @Test
  void asksForDnssecRecordsByAFlag() {
    net.overUdp(S1, answeringWithEdns());
    Query query = new Query(new Question(FakeServers.name("www.lab"), Type.A), false, true);
    bench.exchange.ask(query, S1, 0, bench.budget).subscribe();
    bench.loop.settle();
    assertThat(bench.last().query().getOPT().getTTL()).as("the DO bit").isEqualTo(0x8000);
    assertThat(bench.last().query().getHeader().getFlag(Flags.RD)).isFalse();
  }

  @Test
  @Requirement({"RFC9715-3.2-01", "RFC6891-6.2.3-03"})
  void advertisesASizeThatNoUsualPathFragments() {
    net.overUdp(S1, answeringWithEdns());
    bench.ask("www.lab");
    int ipAndUdp = 40 + 8;
    assertThat(bench.last().query().getOPT().getPayloadSize() + ipAndUdp)
        .as("the size of the packet, compared with the least MTU of IPv6").isLessThanOrEqualTo(1280);
  }

  @Test
  @Requirement({"RFC6891-6.2.3-02", "RFC6891-6.2.3-04"})
  void startsWithTheConfiguredSizeAndReceivesThatMuch() {
    ExchangeBench large = new ExchangeBench(ExchangeSettings.DEFAULTS.udpSize(4096).randomCase(false));
    large.net.overUdp(S1, replying((query, answer) -> {
      addOpt(answer, 0);
      int rest = query.getOPT().getPayloadSize() - answer.toWire().length;
      while (rest > 12) {
        int text = Math.min(rest - 12, 200);
        // owner, type, class, TTL, length and the length of the string: 12 octets
        answer.addRecord(new TXTRecord(Name.root, 1, 0, "x".repeat(text)), Section.ANSWER);
        rest -= 12 + text;
      }
    }));
    Reply reply = large.ask("www.lab");
    assertThat(large.net.asked.getFirst().query().getOPT().getPayloadSize()).isEqualTo(4096);
    assertThat(reply.octets()).isBetween(4080, 4096);
    assertThat(reply.overTcp()).isFalse();
  }

  @Test
  @Requirement("RFC6891-6.2.3-05")
  void forgetsTheSizeOfTheServerAtOnce() {
    net.overUdp(S1, replying((query, answer) -> answer.addRecord(new OPTRecord(512, 0, 0), Section.ADDITIONAL)));
    bench.ask("a.lab");
    bench.ask("b.lab");
    assertThat(net.asked).extracting(asked -> asked.query().getOPT().getPayloadSize()).containsExactly(1232, 1232);
  }

  @Test
  void sendsNoOptRecordIfEdnsIsOff() {
    ExchangeBench without = new ExchangeBench(ExchangeSettings.DEFAULTS.edns(false));
    without.net.overUdp(S1, answering());
    without.ask("www.lab");
    assertThat(without.last().query().getOPT()).isNull();
  }

  // ---- servers without EDNS

  @ParameterizedTest
  @ValueSource(ints = {Rcode.FORMERR, Rcode.NOTIMP})
  @Requirement({"RFC6891-7-01", "RFC6891-7-02", "RFC6891-6.2.2-01"})
  void repeatsWithoutOptIfTheServerRefusesIt(int rcode) {
    net.overUdp(S1, plain(rcode));
    assertThat(DnsCodec.rcode(bench.ask("www.lab").message())).isEqualTo(Rcode.NOERROR);
    assertThat(net.asked).extracting(asked -> asked.query().getOPT() != null).containsExactly(true, false);
    assertThat(bench.budget.used()).isEqualTo(2);
  }

  @Test
  @Requirement("RFC6891-6.2.2-02")
  void remembersAServerWithoutEdnsForAQuarterOfAnHour() {
    net.overUdp(S1, plain(Rcode.FORMERR));
    net.overUdp(S2, answeringWithEdns());
    bench.ask("a.lab");
    net.asked.clear();

    bench.loop.advance(Duration.ofMinutes(15).minusNanos(1));
    bench.ask("b.lab");
    bench.start("b.lab", S2, 0);
    assertThat(net.asked).extracting(asked -> asked.query().getOPT() != null)
        .as("another server is not concerned").containsExactly(false, true);

    net.asked.clear();
    bench.loop.advance(Duration.ofNanos(1));
    bench.ask("c.lab");
    assertThat(net.asked.getFirst().query().getOPT()).as("the server may have been replaced").isNotNull();
  }

  @Test
  void aServerThatRefusesTheQuestionDoesNotLackEdns() {
    net.overUdp(S1, replying((query, answer) -> answer.getHeader().setRcode(Rcode.NOTIMP)));
    assertThat(DnsCodec.rcode(bench.ask("a.lab").message())).isEqualTo(Rcode.NOTIMP);
    assertThat(net.asked).hasSize(2);
    net.asked.clear();
    bench.ask("b.lab");
    assertThat(net.asked.getFirst().query().getOPT()).isNotNull();
  }

  @Test
  void aSilentRepetitionSaysNothingAboutEdns() {
    net.overUdp(S1, (asked, replies) -> {
      if (asked.query().getOPT() != null) {
        Message answer = FakeServers.response(asked.query());
        answer.getHeader().setRcode(Rcode.FORMERR);
        replies.reply(answer);
      }
    });
    Outcome outcome = bench.start("a.lab");
    assertThat(outcome.isOver()).isFalse();
    outcome.subscription.dispose();
    assertThat(bench.book.usesEdns(S1)).isTrue();
  }

  @Test
  @Requirement({"RFC6891-7-03", "RFC6891-7-04"})
  void anErrorInAMinimalResponseWithOptIsTheResult() {
    net.overUdp(S1, replying((query, answer) -> addOpt(answer, Rcode.FORMERR)));
    Message message = bench.ask("www.lab").message();
    assertThat(DnsCodec.rcode(message)).isEqualTo(Rcode.FORMERR);
    assertThat(net.asked).as("the server knows EDNS, and means this query").hasSize(1);
    assertThat(bench.book.hasUsedEdns(S1)).isTrue();
  }

  @Test
  @Requirement("RFC6891-6.1.3-01")
  void repeatsWithoutOptIfTheServerLacksVersionZero() {
    net.overUdp(S1, replying((query, answer) -> {
      if (query.getOPT() != null) {
        addOpt(answer, Rcode.BADVERS);
      }
    }));
    assertThat(DnsCodec.rcode(bench.ask("a.lab").message())).isEqualTo(Rcode.NOERROR);
    bench.ask("b.lab");
    assertThat(net.asked).extracting(asked -> asked.query().getOPT() != null).containsExactly(true, false, false);
  }

  @Test
  void fallsBackOverTcpToo() {
    ExchangeBench tcp = new ExchangeBench(ExchangeSettings.DEFAULTS.tcpOnly(true));
    tcp.net.overTcp(S1, plain(Rcode.FORMERR));
    assertThat(DnsCodec.rcode(tcp.ask("www.lab").message())).isEqualTo(Rcode.NOERROR);
    assertThat(tcp.net.asked).extracting(asked -> asked.connection()).containsExactly(1, 1);
  }

  // ---- silence

  @Test
  @Requirement({"RFC6891-7-01", "RFC6891-6.2.5-01"})
  void theThirdAttemptGoesWithoutOpt() {
    for (int attempt = 0; attempt < 3; attempt++) {
      bench.start("www.lab", S1, attempt).subscription.dispose();
    }
    assertThat(net.asked).extracting(asked -> asked.query().getOPT() != null).containsExactly(true, true, false);
    assertThat(net.asked).noneMatch(asked -> asked.tcp());
  }

  @Test
  @Requirement("RFC6891-6.2.5-04")
  void afterTheSizeOf512OctetsComesTcp() {
    net.overUdp(S1, (asked, replies) -> {
      // Large responses, of up to 1232 octets, are lost.
      if (asked.query().getOPT() == null) {
        Message answer = FakeServers.response(asked.query());
        answer.getHeader().setFlag(Flags.TC);
        replies.reply(answer);
      }
    });
    net.overTcp(S1, answering());
    bench.start("www.lab", S1, 0).subscription.dispose();
    bench.start("www.lab", S1, 1).subscription.dispose();
    assertThat(bench.start("www.lab", S1, 2).reply().overTcp()).isTrue();
  }

  @Test
  @Requirement("RFC9715-3.2-03")
  void theThirdAttemptGoesOverTcpIfTheServerIsKnownToUseEdns() {
    net.overUdp(S1, answeringWithEdns());
    net.overTcp(S1, answeringWithEdns());
    bench.ask("small.lab");
    net.overUdp(S1, FakeServers.SILENT);
    net.asked.clear();
    bench.start("large.lab", S1, 0).subscription.dispose();
    bench.start("large.lab", S1, 1).subscription.dispose();
    assertThat(bench.start("large.lab", S1, 2).reply().overTcp()).isTrue();
    assertThat(net.asked).extracting(asked -> asked.tcp()).containsExactly(false, false, true);
    assertThat(net.asked).allMatch(asked -> asked.query().getOPT() != null);
  }

  @Test
  @Requirement("RFC6891-6.1.1-02")
  void aResponseWithoutOptDoesNotShowThatTheServerUsesEdns() {
    net.overUdp(S1, answering());
    bench.ask("small.lab");
    net.overUdp(S1, FakeServers.SILENT);
    bench.start("large.lab", S1, 2).subscription.dispose();
    assertThat(bench.last().query().getOPT()).isNull();
    assertThat(bench.last().tcp()).isFalse();
  }

  // ---- the response

  @Test
  @Requirement("RFC6891-6.1.1-06")
  void ignoresAResponseWithTwoOptRecords() {
    net.overUdp(S1, (asked, replies) -> {
      Message twice = FakeServers.response(asked.query());
      addOpt(twice, 0);
      addOpt(twice, 0);
      replies.reply(twice);
      Message once = FakeServers.response(asked.query());
      addOpt(once, Rcode.NXDOMAIN);
      replies.reply(once);
    });
    assertThat(DnsCodec.rcode(bench.ask("www.lab").message())).isEqualTo(Rcode.NXDOMAIN);
    assertThat(bench.drops.get(DnsDrop.MALFORMED)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  @Requirement("RFC6891-6.1.1-04")
  void findsTheOptRecordAnywhereInTheAdditionalSection(int place) {
    net.overUdp(S1, replying((query, answer) -> {
      for (int i = 0; i < 3; i++) {
        if (i == place) {
          addOpt(answer, Rcode.BADKEY);
        } else {
          answer.addRecord(FakeServers.a("ns" + i + ".lab", 60, "192.0.2.9"), Section.ADDITIONAL);
        }
      }
    }));
    assertThat(DnsCodec.rcode(bench.ask("www.lab").message())).isEqualTo(Rcode.BADKEY);
    assertThat(bench.book.hasUsedEdns(S1)).isTrue();
  }

  @Test
  @Requirement({"RFC6891-6.1.2-02", "RFC6891-6.1.2-03"})
  void readsTheListOfOptionsAndIgnoresUnknownOnes() {
    net.overUdp(S1, replying((query, answer) -> addOpt(answer, 0, new GenericEDNSOption(65001, new byte[] {1, 2, 3}),
        new ExtendedErrorCodeOption(22, "no reachable authority"), new GenericEDNSOption(65002, new byte[0]))));
    OPTRecord opt = bench.ask("www.lab").message().getOPT();
    assertThat(opt.getOptions()).extracting(option -> option.getCode()).containsExactly(65001, 15, 65002);
    assertThat(opt.getOptions().get(1)).isInstanceOfSatisfying(ExtendedErrorCodeOption.class,
        error -> assertThat(error.getText()).isEqualTo("no reachable authority"));
    assertThat(bench.drops.total()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0xfff, 0x123, 0xff0})
  @Requirement("RFC6891-6.1.3-02")
  void joinsTheTwoPartsOfTheResponseCode(int rcode) {
    net.overUdp(S1, replying((query, answer) -> addOpt(answer, rcode)));
    assertThat(DnsCodec.rcode(bench.ask("www.lab").message())).isEqualTo(rcode);
  }
}
