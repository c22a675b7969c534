package io.reactorstack.dns.exchange;

import static io.reactorstack.dns.FakeServers.name;
import static io.reactorstack.dns.exchange.ExchangeBench.S1;
import static io.reactorstack.dns.exchange.ExchangeBench.S2;
import static io.reactorstack.dns.exchange.ExchangeBench.answering;
import static io.reactorstack.dns.exchange.ExchangeBench.replying;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.FakeServers;
import io.reactorstack.dns.FakeServers.Behaviour;
import io.reactorstack.dns.exchange.ExchangeBench.Outcome;
import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.testing.Requirement;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import reactor.core.publisher.Mono;

/** Tests the random letter case of queries (draft-vixie-dnsext-dns0x20-00). */
class LetterCaseTest {

  private static final String NAME = "www-7.Example.lab.";

  private final ExchangeBench bench = new ExchangeBench();
  private final FakeServers net = bench.net;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(bench.openAfterRest()).isZero();
  }

  private static Message inSmallLetters(Message query) {
    Message answer = FakeServers.response(query);
    Record question = query.getQuestion();
    answer.removeAllRecords(Section.QUESTION);
    answer.addRecord(Record.newRecord(question.getName().canonicalize(), question.getType(), question.getDClass()),
        Section.QUESTION);
    return answer;
  }

  private static final Behaviour LOSES_CASE = (asked, replies) -> replies.reply(inSmallLetters(asked.query()));

  private String asked(int at) {
    return net.asked.get(at).query().getQuestion().getName().toString();
  }

  private boolean isRandom(int at) {
    return !asked(at).equals("a-name-of-many-letters.lab.");
  }

  @Test
  @Requirement("draft-vixie-dnsext-dns0x20-00-all-01")
  void drawsTheCaseOfEachLetterAndRestoresItInTheReply() {
    net.overUdp(S1, replying((query, answer) -> answer.addRecord(
        new ARecord(query.getQuestion().getName(), 1, 60, FakeServers.inet("192.0.2.7")), Section.ANSWER)));
    List<Reply> replies = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      replies.add(bench.ask(NAME));
    }
    for (int at = 0; at < NAME.length(); at++) {
      int place = at;
      char letter = NAME.charAt(at);
      assertThat(net.asked).extracting(one -> one.query().getQuestion().getName().toString().charAt(place))
          .as("letter %d", at).containsOnly(Character.toLowerCase(letter), Character.toUpperCase(letter));
    }
    assertThat(replies).allSatisfy(reply -> {
      assertThat(reply.message().getQuestion().getName().toString()).isEqualTo(NAME);
      assertThat(reply.message().getSection(Section.ANSWER).getFirst().getName().toString())
          .as("a name that is a pointer to the question").isEqualTo(NAME);
    });
  }

  @Test
  void sendsTheNameAsItIsIfThatIsWanted() {
    ExchangeBench fixed = new ExchangeBench(ExchangeSettings.DEFAULTS.randomCase(false));
    fixed.net.overUdp(S1, LOSES_CASE);
    assertThat(fixed.ask(NAME).overTcp()).isFalse();
    assertThat(fixed.last().query().getQuestion().getName().toString()).isEqualTo(NAME);
  }

  @Test
  void anotherCaseLeadsToTcpWhichAnAttackerCannotForge() {
    net.overUdp(S1, LOSES_CASE);
    net.overTcp(S1, answering());
    Reply reply = bench.ask("a-name-of-many-letters.lab");
    assertThat(reply.overTcp()).isTrue();
    assertThat(reply.message().getQuestion().getName()).isEqualTo(name("a-name-of-many-letters.lab"));
    assertThat(bench.drops.get(DnsDrop.WRONG_CASE)).isEqualTo(1);
    assertThat(bench.book.keepsCase(S1)).as("the response over UDP was forged").isTrue();
  }

  @Test
  void remembersAServerThatLosesTheCaseOverTcpTooForAQuarterOfAnHour() {
    net.overUdp(S1, LOSES_CASE);
    net.overTcp(S1, LOSES_CASE);
    assertThat(bench.ask("a-name-of-many-letters.lab").overTcp()).isTrue();
    net.asked.clear();
    bench.loop.advance(Duration.ofMinutes(15).minusNanos(1));
    assertThat(bench.ask("a-name-of-many-letters.lab").overTcp()).isFalse();
    assertThat(isRandom(0)).isFalse();
    assertThat(bench.book.keepsCase(S2)).as("another server is not concerned").isTrue();

    bench.loop.advance(Duration.ofNanos(1));
    assertThat(bench.ask("a-name-of-many-letters.lab").overTcp()).isTrue();
    assertThat(isRandom(1)).isTrue();
  }

  @Test
  void asksAServerWithoutTcpAgainWithoutRandomCase() {
    net.overUdp(S1, LOSES_CASE);
    net.opening(S1, Mono.error(new ConnectException("refused")));
    assertThat(bench.ask("a-name-of-many-letters.lab").overTcp()).isFalse();
    assertThat(isRandom(0)).isTrue();
    assertThat(isRandom(1)).isFalse();
    assertThat(bench.ask("a-name-of-many-letters.lab").overTcp()).isFalse();
    assertThat(net.asked).hasSize(3);
    assertThat(isRandom(2)).as("it is remembered").isFalse();
    assertThat(bench.budget.used()).as("two over UDP, one over TCP, one over UDP").isEqualTo(4);
  }

  @Test
  void expectsNothingOfAServerWhoseTcpWasSilentUntilTheCallerGaveUp() {
    net.overUdp(S1, LOSES_CASE);
    net.opening(S1, Mono.never());
    Outcome outcome = bench.start("a-name-of-many-letters.lab");
    assertThat(outcome.isOver()).isFalse();
    outcome.subscription.dispose();
    assertThat(bench.ask("a-name-of-many-letters.lab").overTcp()).isFalse();
  }

  @Test
  void aCallerThatGivesUpAfterTheResponseOverTcpSaysNothingAboutTheServer() {
    net.overUdp(S1, LOSES_CASE);
    net.overTcp(S1, answering());
    Query query = new Query(new Question(name("a-name-of-many-letters.lab"), 1), true, false);
    List<Reply> replies = new ArrayList<>();
    // This operator cancels its source when it has the value.
    bench.exchange.ask(query, S1, 0, bench.budget).flux().take(1).subscribe(replies::add);
    bench.loop.settle();
    assertThat(replies).hasSize(1);
    assertThat(bench.book.keepsCase(S1)).isTrue();
  }

  @Test
  void anErrorWithoutAQuestionHasNoCase() {
    net.overUdp(S1, replying((query, answer) -> {
      answer.removeAllRecords(Section.QUESTION);
      answer.getHeader().setRcode(Rcode.REFUSED);
    }));
    assertThat(bench.ask("a-name-of-many-letters.lab").message().getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(bench.drops.total()).isZero();
  }

  @Test
  void aNameWithoutLettersStaysAsItIs() {
    net.overUdp(S1, answering());
    bench.ask("1.0-_.9");
    assertThat(net.asked.getFirst().query().getQuestion().getName()).isEqualTo(Name.fromConstantString("1.0-_.9."));
  }
}
