package io.reactorstack.dns;

import static io.reactorstack.dns.FakeServers.SILENT;
import static io.reactorstack.dns.FakeServers.a;
import static io.reactorstack.dns.FakeServers.answering;
import static io.reactorstack.dns.ResolverBench.S1;
import static io.reactorstack.dns.ResolverBench.S2;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.FakeServers.Asked;
import io.reactorstack.dns.ResolverBench.Result;
import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.transport.NameServers;
import io.reactorstack.testing.Requirement;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** Tests silent, broken and slow servers, forged answers, and concurrent questions. All in virtual time. */
class DnsServersTest {

  private final ResolverBench bench = new ResolverBench(S1, S2);
  private final FakeServers net = bench.net;
  private final FakeServers.Behaviour good = answering(
      m -> m.addRecord(a(m.getQuestion().getName().toString(), 60, "10.0.0.3"), Section.ANSWER));

  @AfterEach
  void noExchangeStaysOpen() {
    bench.loop.runUntilIdle(Duration.ofHours(1));
    assertThat(net.open).as("open exchanges").isZero();
  }

  @Test
  @Requirement({"RFC1035-4.2.1-03", "RFC1035-4.2.1-07", "RFC1123-6.1.3.3-04"})
  void silentServersAreQueriedAgainWithDoublingTimeouts() {
    long start = bench.loop.now();
    Result result = bench.resolve("www.lab");
    assertThat(net.asked.stream().map(q -> Duration.ofNanos(q.at() - start).toSeconds()))
        .containsExactly(0L, 2L, 4L, 8L, 12L, 20L);
    assertThat(Duration.ofNanos(result.at - start)).isEqualTo(Duration.ofSeconds(28));
  }

  @Test
  @Requirement({"RFC1035-4.2.1-05", "RFC1035-7.2-04", "RFC1123-6.1.3.1-03"})
  void queriesEveryServerBeforeRepeatingOne() {
    bench.resolve("www.lab");
    assertThat(net.asked).extracting(Asked::server).containsExactly(S1, S2, S1, S2, S1, S2);
  }

  @Test
  @Requirement({"RFC1123-6.1.3.3-01", "RFC1123-6.1.3.3-02", "RFC9520-3.1-01"})
  void silenceOfAllServersIsATemporaryErrorAfterThreeQueriesToEach() {
    Result result = bench.resolve("www.lab");
    assertThat(result.reason()).isEqualTo(Reason.TIMEOUT);
    assertThat(result.reason().isTemporary()).isTrue();
    assertThat(net.asked).extracting(Asked::server).containsExactlyInAnyOrder(S1, S1, S1, S2, S2, S2);
  }

  @Test
  @Requirement("RFC1123-6.1.3.7-01")
  void aSilentServerComesLastForAWhile() {
    net.overUdp(S1, SILENT);
    net.overUdp(S2, good);
    long start = bench.loop.now();
    Result result = bench.resolve("www.lab");
    assertThat(result.addresses()).containsExactly("10.0.0.3");
    assertThat(Duration.ofNanos(result.at - start)).isEqualTo(Duration.ofSeconds(2));

    net.asked.clear();
    bench.resolve("ftp.lab");
    assertThat(net.asked).extracting(Asked::server).containsExactly(S2);

    bench.loop.advance(NameServers.SILENCE);
    net.asked.clear();
    bench.resolve("mail.lab");
    assertThat(net.asked).extracting(Asked::server).containsExactly(S1, S2);
  }

  @ParameterizedTest
  @ValueSource(ints = {Rcode.SERVFAIL, Rcode.REFUSED, Rcode.NOTIMP, Rcode.FORMERR, Rcode.YXDOMAIN, 15})
  @Requirement({"RFC1035-7.2-07", "RFC1035-4.1.1-03", "RFC1034-5.2.3-01"})
  void serverErrorLeadsToTheNextServerAndIsNotRetried(int rcode) {
    net.overUdp(S1, answering(m -> m.getHeader().setRcode(rcode)));
    net.overUdp(S2, answering(m -> m.getHeader().setRcode(rcode)));
    long start = bench.loop.now();
    Result result = bench.resolve("www.lab");
    assertThat(result.reason()).isEqualTo(rcode == Rcode.REFUSED ? Reason.REFUSED : Reason.SERVER_FAILURE);
    assertThat(result.at).isEqualTo(start);
    // RFC 6891 section 7: a server that may not know EDNS is queried once more without it.
    boolean mayLackEdns = rcode == Rcode.FORMERR || rcode == Rcode.NOTIMP;
    assertThat(net.asked).extracting(Asked::server)
        .isEqualTo(mayLackEdns ? List.of(S1, S1, S2, S2) : List.of(S1, S2));
    net.overUdp(S2, good);
    assertThat(bench.resolve("ftp.lab").addresses()).containsExactly("10.0.0.3");
  }

  /** A handshake and a long answer need more than the time of a datagram. */
  @Test
  void aServerThatAnswersOverTcpHasMoreTime() {
    net.overUdp(S1, answering(m -> m.getHeader().setFlag(Flags.TC)));
    net.overTcp(S1, answering(Duration.ofSeconds(7), bench.loop,
        m -> m.addRecord(a("www.lab", 60, "10.0.0.3"), Section.ANSWER)));
    net.overUdp(S2, good);
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
    assertThat(net.asked).extracting(Asked::server).as("four times the two seconds").containsExactly(S1, S1);
    net.overTcp(S1, SILENT);
    net.asked.clear();
    long start = bench.loop.now();
    assertThat(bench.resolve("ftp.lab").addresses()).containsExactly("10.0.0.3");
    assertThat(Duration.ofNanos(bench.loop.now() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(8));
    assertThat(net.asked).extracting(Asked::server).containsExactly(S1, S1, S2);
  }

  @Test
  void unreachableServerLeadsToTheNextServer() {
    net.overUdp(S1, (query, replies) -> replies.fail(new IOException("port unreachable")));
    net.overUdp(S2, good);
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
    net.overUdp(S2, (query, replies) -> replies.fail(new IOException("port unreachable")));
    assertThat(bench.resolve("ftp.lab").reason()).isEqualTo(Reason.UNREACHABLE);
  }

  @Test
  @Requirement({"RFC1035-7.1-03", "RFC1035-7.1-04"})
  void queriesForOneQuestionAreLimited() {
    bench.resolver = bench.resolver.maxQueriesPerResolve(3);
    assertThat(bench.resolve("www.lab").reason()).isEqualTo(Reason.TIMEOUT);
    assertThat(net.asked).hasSize(3);
  }

  // ---- forgery (RFC 5452)

  @Test
  @Requirement({"RFC5452-9.1-01", "RFC5452-9.1-02", "RFC1035-7.3-01"})
  void ignoresAndCountsAnswersThatDoNotMatch() {
    net.overUdp(S1, (query, replies) -> {
      replies.reply(forged(query.query(), m -> m.getHeader().setID(m.getHeader().getID() ^ 1)));
      replies.reply(forged(query.query(), m -> m.getHeader().unsetFlag(org.xbill.DNS.Flags.QR)));
      replies.reply(forged(query.query(), m -> m.getHeader().setOpcode(org.xbill.DNS.Opcode.NOTIFY)));
      replies.reply(forged(query.query(), m -> m.removeAllRecords(Section.QUESTION)));
      replies.reply(forged(query.query(), m -> ask(m, "bank.lab.", org.xbill.DNS.Type.A, org.xbill.DNS.DClass.IN)));
      replies.reply(forged(query.query(), m -> ask(m, "www.lab.", org.xbill.DNS.Type.AAAA, org.xbill.DNS.DClass.IN)));
      replies.reply(forged(query.query(), m -> ask(m, "www.lab.", org.xbill.DNS.Type.A, org.xbill.DNS.DClass.CH)));
      replies.reply(new byte[] {1, 2, 3});
      Message real = FakeServers.response(query.query());
      real.addRecord(a("www.lab", 60, "10.0.0.3"), Section.ANSWER);
      byte[] cut = java.util.Arrays.copyOf(real.toWire(), 12 + 4); // within the question
      replies.reply(cut);
      replies.reply(real);
    });
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
    assertThat(net.asked).hasSize(1);
    assertThat(bench.drops.get(DnsDrop.WRONG_ID)).isEqualTo(1);
    assertThat(bench.drops.get(DnsDrop.NOT_A_RESPONSE)).isEqualTo(1);
    assertThat(bench.drops.get(DnsDrop.WRONG_OPCODE)).isEqualTo(1);
    assertThat(bench.drops.get(DnsDrop.WRONG_QUESTION)).isEqualTo(4);
    assertThat(bench.drops.get(DnsDrop.MALFORMED)).isEqualTo(2);
  }

  @Test
  @Requirement("RFC1034-5.3.3-04")
  void ignoresAnswerWithAnotherId() {
    net.overUdp(S1, (query, replies) -> {
      replies.reply(forged(query.query(), m -> m.getHeader().setID(m.getHeader().getID() ^ 1)));
      Message real = FakeServers.response(query.query());
      real.addRecord(a("www.lab", 60, "10.0.0.3"), Section.ANSWER);
      replies.reply(real);
    });
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
    assertThat(bench.drops.get(DnsDrop.WRONG_ID)).isEqualTo(1);
  }

  private static Message forged(Message query, java.util.function.Consumer<Message> lie) {
    Message message = FakeServers.response(query);
    message.addRecord(a("www.lab", 60, "6.6.6.6"), Section.ANSWER);
    lie.accept(message);
    return message;
  }

  private static void ask(Message message, String name, int type, int dclass) {
    message.removeAllRecords(Section.QUESTION);
    message.addRecord(org.xbill.DNS.Record.newRecord(FakeServers.name(name), type, dclass), Section.QUESTION);
  }

  @Test
  @Requirement("RFC9619-4-02")
  void answerWithTwoQuestionsIsIgnored() {
    net.overUdp(S1, (query, replies) -> {
      Message two = FakeServers.response(query.query());
      two.addRecord(query.query().getQuestion(), Section.QUESTION);
      two.addRecord(a("www.lab", 60, "6.6.6.6"), Section.ANSWER);
      replies.reply(two);
    });
    net.overUdp(S2, good);
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
    assertThat(bench.drops.get(DnsDrop.WRONG_QUESTION)).isEqualTo(1);
  }

  @Test
  @Requirement("RFC5452-9.3-01")
  void manyForgedAnswersMoveTheQuestionToTcp() {
    net.overUdp(S1, (query, replies) -> {
      for (int i = 0; i < 1000; i++) {
        replies.reply(forged(query.query(), m -> m.getHeader().setID(m.getHeader().getID() ^ 1)));
      }
    });
    net.overTcp(S1, good);
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
    assertThat(net.asked).extracting(Asked::tcp).containsExactly(false, true);
    assertThat(bench.drops.get(DnsDrop.WRONG_ID)).isEqualTo(16);
  }

  @Test
  @Requirement("RFC5452-9.2-03")
  void idsSpreadOverTheFullRange() {
    bench.resolver = bench.resolver.retries(0).servers(List.of(S1));
    net.overUdp(S1, good);
    Set<Integer> ids = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      bench.resolve("n" + i + ".lab");
    }
    net.asked.forEach(q -> ids.add(q.query().getHeader().getID()));
    assertThat(ids).as("of 1000 draws from 65536, about 992 differ").hasSizeGreaterThan(970);
    int[] eighths = new int[8];
    ids.forEach(id -> eighths[id >>> 13]++);
    assertThat(java.util.Arrays.stream(eighths)).as("each eighth of the range").allMatch(n -> n > 80 && n < 170);
  }

  // ---- concurrent questions

  @Test
  void identicalOutstandingQuestionsShareOneQuery() {
    Result first = bench.start("www.lab");
    Result second = bench.start("WWW.lab");
    Result third = bench.start("www.lab", AddressType.AAAA);
    assertThat(net.asked).hasSize(2);
    first.subscription.dispose();
    bench.loop.settle();
    assertThat(net.open).as("the second subscriber still waits").isEqualTo(2);
    net.overUdp(S2, good);
    bench.loop.advance(Duration.ofSeconds(2));
    assertThat(second.addresses()).containsExactly("10.0.0.3");
    assertThat(first.isOver()).isFalse();
    third.subscription.dispose();
  }

  @Test
  void theLastCancellationAbandonsTheQuestion() {
    bench.resolver = bench.resolver.maxQuestions(1);
    Result first = bench.start("www.lab");
    Result second = bench.start("www.lab");
    first.subscription.dispose();
    second.subscription.dispose();
    bench.loop.settle();
    assertThat(net.open).isZero();
    assertThat(bench.loop.deadline()).as("no timer left").isEqualTo(Long.MAX_VALUE);
    net.overUdp(S1, good);
    assertThat(bench.resolve("ftp.lab").addresses()).as("the limit is not reached any more")
        .containsExactly("10.0.0.3");
    assertThat(bench.resolve("www.lab").addresses()).as("queried again").containsExactly("10.0.0.3");
  }

  @Test
  @Requirement({"RFC1035-7.1-02", "RFC1123-6.1.3.1-01", "RFC1123-6.1.3.3-01"})
  void outstandingQuestionsAreLimited() {
    bench.resolver = bench.resolver.maxQuestions(3);
    List<Result> three = List.of(bench.start("a.lab"), bench.start("b.lab"), bench.start("c.lab"));
    assertThat(net.asked).hasSize(3);
    assertThat(bench.start("d.lab").reason()).isEqualTo(Reason.TOO_MANY_QUESTIONS);
    assertThat(bench.start("a.lab").isOver()).as("an outstanding question does not count again").isFalse();
    three.forEach(result -> assertThat(result.isOver()).isFalse());
    bench.loop.runUntilIdle(Duration.ofMinutes(1));
    net.overUdp(S1, good);
    assertThat(bench.resolve("d.lab").addresses()).isNotEmpty();
  }

  @Test
  void askingAgainInsideAnAnswerWithTtlZeroSendsANewQuery() {
    net.overUdp(S1, answering(m -> m.addRecord(a("www.lab", 0, "10.0.0.3"), Section.ANSWER)));
    Set<String> seen = new HashSet<>();
    bench.resolver.resolve("www.lab").flatMap(x -> bench.resolver.resolve("www.lab")).subscribe(x -> seen.add("one"));
    bench.resolver.resolve("www.lab").flatMap(x -> bench.resolver.resolve("www.lab")).subscribe(x -> seen.add("two"));
    bench.loop.settle();
    assertThat(seen).containsExactlyInAnyOrder("one", "two");
    assertThat(net.asked).as("both subscribers shared the first and the second answer").hasSize(2);
  }
}
