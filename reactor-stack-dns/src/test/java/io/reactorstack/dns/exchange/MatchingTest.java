package io.reactorstack.dns.exchange;

import static io.reactorstack.dns.FakeServers.name;
import static io.reactorstack.dns.FakeServers.response;
import static io.reactorstack.dns.exchange.ExchangeBench.S1;
import static io.reactorstack.dns.exchange.ExchangeBench.answering;
import static io.reactorstack.dns.exchange.ExchangeBench.replying;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.FakeServers;
import io.reactorstack.dns.FakeServers.Replies;
import io.reactorstack.dns.exchange.ExchangeBench.Outcome;
import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.testing.Requirement;
import java.net.ConnectException;
import java.net.PortUnreachableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import reactor.core.publisher.Mono;

/** Tests which messages are accepted as the response to a query over UDP (RFC 5452). */
class MatchingTest {

  private final ExchangeBench bench = new ExchangeBench();
  private final FakeServers net = bench.net;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(bench.openAfterRest()).isZero();
  }

  private static void question(Message answer, Name name, int type, int dclass) {
    answer.removeAllRecords(Section.QUESTION);
    answer.addRecord(Record.newRecord(name, type, dclass), Section.QUESTION);
  }

  private static Arguments wrong(String what, DnsDrop drop, Consumer<Message> change) {
    return Arguments.of(what, drop, change);
  }

  static Stream<Arguments> wrongMessages() {
    return Stream.of(
        wrong("id", DnsDrop.WRONG_ID, m -> m.getHeader().setID(m.getHeader().getID() ^ 1)),
        wrong("upper octet of the id", DnsDrop.WRONG_ID, m -> m.getHeader().setID(m.getHeader().getID() ^ 0x8000)),
        wrong("query", DnsDrop.NOT_A_RESPONSE, m -> m.getHeader().unsetFlag(Flags.QR)),
        wrong("opcode", DnsDrop.WRONG_OPCODE, m -> m.getHeader().setOpcode(Opcode.NOTIFY)),
        wrong("name", DnsDrop.WRONG_QUESTION, m -> question(m, name("w.lab"), Type.A, DClass.IN)),
        wrong("type", DnsDrop.WRONG_QUESTION, m -> question(m, m.getQuestion().getName(), Type.AAAA, DClass.IN)),
        wrong("class", DnsDrop.WRONG_QUESTION, m -> question(m, m.getQuestion().getName(), Type.A, DClass.CH)),
        wrong("no question", DnsDrop.WRONG_QUESTION, m -> m.removeAllRecords(Section.QUESTION)),
        wrong("two questions", DnsDrop.WRONG_QUESTION,
            m -> m.addRecord(Record.newRecord(name("b.lab"), Type.A, DClass.IN), Section.QUESTION)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongMessages")
  @Requirement({"RFC5452-9.1-01", "RFC5452-9.1-02"})
  void ignoresAMessageWithAnother(String what, DnsDrop drop, Consumer<Message> change) {
    net.overUdp(S1, (asked, replies) -> {
      Message wrong = response(asked.query());
      change.accept(wrong);
      replies.reply(wrong);
      Message right = response(asked.query());
      right.getHeader().setRcode(Rcode.NXDOMAIN);
      replies.reply(right);
    });
    assertThat(bench.ask("www.lab").message().getRcode()).as(what).isEqualTo(Rcode.NXDOMAIN);
    assertThat(bench.drops.get(drop)).isEqualTo(1);
    assertThat(bench.drops.total()).isEqualTo(1);
    assertThat(net.asked).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 11, 12, 20})
  void ignoresAMessageThatIsCutShort(int length) {
    net.overUdp(S1, (asked, replies) -> {
      byte[] whole = response(asked.query()).toWire();
      byte[] part = new byte[length];
      System.arraycopy(whole, 0, part, 0, length);
      replies.reply(part);
      replies.reply(whole);
    });
    bench.ask("www.lab");
    assertThat(bench.drops.total()).isEqualTo(1);
  }

  @Test
  void acceptsAnErrorWithoutAQuestion() {
    net.overUdp(S1, (asked, replies) -> {
      byte[] header = new byte[Header.LENGTH];
      System.arraycopy(response(asked.query()).toWire(), 0, header, 0, 4);
      header[3] |= Rcode.REFUSED;
      replies.reply(header);
    });
    assertThat(bench.ask("www.lab").message().getRcode()).isEqualTo(Rcode.REFUSED);
  }

  // ---- ports and IDs

  @Test
  @Requirement("RFC5452-9.2-03")
  void idsAreSpreadOverTheirFullRange() {
    net.overUdp(S1, answering());
    int queries = 4096;
    for (int i = 0; i < queries; i++) {
      bench.ask("www.lab");
    }
    int[] ids = net.asked.stream().mapToInt(asked -> asked.query().getHeader().getID()).toArray();
    int[] buckets = new int[64];
    for (int id : ids) {
      buckets[id >> 10]++;
    }
    // 64 each is expected; less than 24 or more than 128 has a probability below one in a million.
    assertThat(Arrays.stream(buckets).boxed()).allMatch(count -> count > 24 && count < 128);
    for (int bit = 0; bit < 16; bit++) {
      int mask = 1 << bit;
      assertThat(Arrays.stream(ids).filter(id -> (id & mask) != 0).count())
          .as("queries with bit %d", bit).isBetween(1800L, 2300L);
    }
  }

  @Test
  void eachQueryHasAPortOfItsOwnWhichClosesWithTheAnswer() {
    List<Runnable> answers = new ArrayList<>();
    net.overUdp(S1, (asked, replies) -> answers.add(() -> replies.reply(response(asked.query()))));
    Outcome first = bench.start("a.lab");
    Outcome second = bench.start("a.lab");
    assertThat(net.open).isEqualTo(2);
    answers.get(0).run();
    assertThat(first.isOver()).isTrue();
    assertThat(second.isOver()).isFalse();
    assertThat(net.open).isEqualTo(1);
    answers.get(1).run();
    assertThat(second.isOver()).isTrue();
    assertThat(net.open).isZero();
  }

  @Test
  @Requirement("RFC1035-4.2.1-04")
  void responsesMayArriveInAnyOrder() {
    List<Runnable> answers = new ArrayList<>();
    net.overUdp(S1, (asked, replies) -> answers.add(() -> replies.reply(response(asked.query()))));
    List<Outcome> outcomes = Stream.of("a.lab", "b.lab", "c.lab").map(bench::start).toList();
    answers.reversed().forEach(Runnable::run);
    assertThat(outcomes).extracting(one -> one.reply().message().getQuestion().getName())
        .containsExactly(name("a.lab"), name("b.lab"), name("c.lab"));
  }

  @Test
  void cancellationClosesThePort() {
    List<Replies> kept = new ArrayList<>();
    List<Message> queries = new ArrayList<>();
    net.overUdp(S1, (asked, replies) -> {
      kept.add(replies);
      queries.add(asked.query());
    });
    Outcome outcome = bench.start("www.lab");
    outcome.subscription.dispose();
    assertThat(net.open).isZero();
    kept.getFirst().reply(response(queries.getFirst()));
    assertThat(outcome.isOver()).as("an answer that comes too late").isFalse();
    assertThat(bench.drops.total()).isZero();
  }

  @Test
  void anAnswerInsideTheCallThatSendsTheQueryIsAnAnswer() {
    net.reactsAtOnce = true;
    net.overUdp(S1, replying((query, answer) -> answer.getHeader().setFlag(Flags.TC)));
    net.overTcp(S1, answering());
    assertThat(bench.ask("www.lab").overTcp()).isTrue();
  }

  // ---- errors

  @Test
  void anUnreachableServerEndsTheExchange() {
    net.overUdp(S1, (asked, replies) -> replies.fail(new PortUnreachableException()));
    assertThat(bench.start("www.lab").failure()).isEqualTo(ExchangeException.Kind.UNREACHABLE);
  }

  @Test
  void aSocketThatClosesEndsTheExchange() {
    net.overUdp(S1, (asked, replies) -> replies.end());
    assertThat(bench.start("www.lab").failure()).isEqualTo(ExchangeException.Kind.UNREACHABLE);
  }

  // ---- many mismatches

  private void forge(int count) {
    net.overUdp(S1, (asked, replies) -> {
      for (int i = 1; i <= count; i++) {
        Message forged = response(asked.query());
        forged.getHeader().setID(forged.getHeader().getID() ^ i);
        replies.reply(forged);
      }
      replies.reply(response(asked.query()));
    });
  }

  @Test
  void fifteenMismatchesAreIgnored() {
    forge(15);
    assertThat(bench.ask("www.lab").overTcp()).isFalse();
  }

  @Test
  @Requirement("RFC5452-9.3-01")
  void sixteenMismatchesLeadToTcp() {
    forge(16);
    net.overTcp(S1, answering());
    assertThat(bench.ask("www.lab").overTcp()).isTrue();
    assertThat(bench.drops.get(DnsDrop.WRONG_ID)).isEqualTo(16);
    assertThat(net.asked).hasSize(2);
  }

  @Test
  void afterSixteenMismatchesNothingOverUdpIsTrusted() {
    forge(16);
    net.opening(S1, Mono.error(new ConnectException("refused")));
    assertThat(bench.start("www.lab").failure()).isEqualTo(ExchangeException.Kind.UNREACHABLE);
  }

  // ---- the budget

  @Test
  void aSpentBudgetPreventsEachMessage() {
    net.overUdp(S1, replying((query, answer) -> answer.getHeader().setFlag(Flags.TC)));
    net.overTcp(S1, answering());
    bench.budget = new Budget(0);
    assertThat(bench.start("a.lab").failure()).isEqualTo(ExchangeException.Kind.OUT_OF_BUDGET);
    assertThat(net.asked).isEmpty();

    bench.budget = new Budget(1);
    assertThat(bench.start("a.lab").failure()).isEqualTo(ExchangeException.Kind.OUT_OF_BUDGET);
    assertThat(net.asked).hasSize(1);
    assertThat(net.connections).isZero();

    bench.budget = new Budget(2);
    assertThat(bench.start("a.lab").reply().overTcp()).isTrue();
    assertThat(bench.budget.isSpent()).isTrue();
    assertThat(bench.budget.used()).isEqualTo(2);
  }

  @Test
  void aServerWithoutTcpIsNotAskedBeyondTheBudget() {
    net.overUdp(S1, replying((query, answer) -> question(answer, query.getQuestion().getName().canonicalize(), Type.A,
        DClass.IN)));
    net.opening(S1, Mono.error(new ConnectException("refused")));
    bench.budget = new Budget(2);
    assertThat(bench.start("a-name-of-many-letters.lab").error).isInstanceOf(ExchangeException.class);
    assertThat(net.asked).hasSize(1);
    assertThat(bench.budget.used()).isEqualTo(2);
  }
}
