package io.reactorstack.dns.exchange;

import static io.reactorstack.dns.FakeServers.name;
import static io.reactorstack.dns.FakeServers.response;
import static io.reactorstack.dns.exchange.ExchangeBench.S1;
import static io.reactorstack.dns.exchange.ExchangeBench.S2;
import static io.reactorstack.dns.exchange.ExchangeBench.answering;
import static io.reactorstack.dns.exchange.ExchangeBench.replying;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.FakeServers;
import io.reactorstack.dns.FakeServers.Asked;
import io.reactorstack.dns.FakeServers.Replies;
import io.reactorstack.dns.exchange.ExchangeBench.Outcome;
import io.reactorstack.dns.exchange.ExchangeException.Kind;
import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.testing.Requirement;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Tests the use of TCP connections (RFC 7766). */
class ConnectionsTest {

  /** A query that a server keeps, and its way to answer. */
  private record Kept(Asked asked, Replies replies) {

    void answer() {
      replies.reply(response(asked.query()));
    }

    int id() {
      return asked.query().getHeader().getID();
    }
  }

  private final ExchangeBench bench = new ExchangeBench(ExchangeSettings.DEFAULTS.tcpOnly(true));
  private final FakeServers net = bench.net;
  private final List<Kept> kept = new ArrayList<>();

  @AfterEach
  void nothingStaysOpen() {
    assertThat(bench.openAfterRest()).isZero();
    assertThat(bench.exchange.openConnections()).isZero();
    assertThat(bench.loop.deadline()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
  }

  /** Lets {@code S1} keep its queries, for the test to answer. */
  private void keep() {
    net.overTcp(S1, (asked, replies) -> kept.add(new Kept(asked, replies)));
  }

  private void settle() {
    bench.loop.settle();
  }

  // ---- sharing

  @Test
  @Requirement({"RFC7766-5-03", "RFC7766-5-04"})
  void queriesGoOverUdpOrOverTcpAsTheUserSays() {
    net.overTcp(S1, answering());
    assertThat(bench.ask("a.lab").overTcp()).isTrue();
    assertThat(net.asked).hasSize(1).allMatch(Asked::tcp);

    ExchangeBench both = new ExchangeBench();
    both.net.overUdp(S1, answering());
    assertThat(both.ask("a.lab").overTcp()).isFalse();
    both.net.overUdp(S1, replying((query, answer) -> answer.getHeader().setFlag(Flags.TC)));
    both.net.overTcp(S1, answering());
    assertThat(both.ask("a.lab").overTcp()).as("after a truncated response").isTrue();
  }

  @Test
  @Requirement({"RFC7766-5-05", "RFC7766-6.2.1-01"})
  void queriesUseTheConnectionThatIsOpen() {
    net.overTcp(S1, answering());
    net.overTcp(S2, answering());
    bench.ask("a.lab");
    bench.ask("b.lab");
    bench.start("c.lab", S2, 0).reply();
    assertThat(net.asked).extracting(Asked::connection).containsExactly(1, 1, 2);
  }

  @Test
  @Requirement({"RFC7766-6.2.2-01", "RFC7766-6.2.2-02"})
  void aHundredQueriesShareOneConnectionThatIsStillOpening() {
    keep();
    Sinks.Empty<Void> open = Sinks.empty();
    net.opening(S1, open.asMono());
    List<Outcome> outcomes = IntStream.range(0, 100).mapToObj(i -> bench.start("n" + i + ".lab")).toList();
    assertThat(net.asked).isEmpty();
    open.tryEmitEmpty();
    settle();
    assertThat(kept).hasSize(100);
    assertThat(net.connections).isEqualTo(1);
    kept.forEach(Kept::answer);
    assertThat(outcomes).allMatch(one -> one.reply().overTcp());
  }

  @Test
  @Requirement({"RFC7766-6.2.1.1-01", "RFC7766-6.2.1.1-02", "RFC7766-6.2.1.1-03"})
  void aQueryDoesNotWaitForTheAnswerToTheOneBefore() {
    keep();
    Outcome slow = bench.start("slow.lab");
    Outcome fast = bench.start("fast.lab");
    assertThat(kept).hasSize(2);
    assertThat(kept).extracting(one -> one.asked.connection()).containsExactly(1, 1);
    kept.get(1).answer();
    assertThat(fast.isOver()).isTrue();
    assertThat(slow.isOver()).isFalse();
    kept.get(0).answer();
    assertThat(slow.isOver()).isTrue();
  }

  @Test
  @Requirement({"RFC7766-7-01", "RFC7766-7-02"})
  void answersMayComeInAnyOrder() {
    keep();
    List<Outcome> outcomes = IntStream.range(0, 20).mapToObj(i -> bench.start("n" + i + ".lab")).toList();
    kept.reversed().forEach(Kept::answer);
    for (int i = 0; i < 20; i++) {
      assertThat(outcomes.get(i).reply().message().getQuestion().getName()).isEqualTo(name("n" + i + ".lab"));
    }
  }

  @Test
  @Requirement("RFC7766-6.2.1-02")
  void noTwoOutstandingQueriesHaveTheSameId() {
    keep();
    List<Outcome> outcomes = IntStream.range(0, 3000).mapToObj(i -> bench.start("n.lab")).toList();
    Set<Integer> ids = new HashSet<>();
    // 3000 IDs of 65536 without this rule have equal ones, almost certainly.
    assertThat(kept).allMatch(one -> ids.add(one.id()));
    outcomes.forEach(one -> one.subscription.dispose());
  }

  @Test
  void theIdOfACancelledQueryIsNotUsedUntilItsAnswerHasCome() {
    keep();
    Set<Integer> ids = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      bench.start("n.lab").subscription.dispose();
      assertThat(ids.add(kept.get(i).id())).as("the ID of query %d is new", i).isTrue();
    }
    assertThat(net.connections).isEqualTo(1);
  }

  @Test
  void aConnectionWhoseAnswersNeverCameTakesNoMoreQueries() {
    keep();
    Outcome waiting = bench.start("w.lab");
    for (int i = 0; i < 1024; i++) {
      bench.start("n.lab").subscription.dispose();
    }
    bench.start("last.lab").subscription.dispose();
    assertThat(kept.getLast().asked.connection()).isEqualTo(2);
    kept.getFirst().answer();
    assertThat(waiting.isOver()).as("the old connection still carries its queries").isTrue();
  }

  @Test
  void lateAnswersToCancelledQueriesAreNotStrange() {
    keep();
    Outcome healthy = bench.start("healthy.lab");
    for (int i = 0; i < 40; i++) {
      bench.start("n.lab").subscription.dispose();
    }
    kept.subList(1, 41).forEach(Kept::answer);
    assertThat(bench.drops.total()).isZero();
    assertThat(net.open).isEqualTo(1);
    kept.getFirst().answer();
    assertThat(healthy.isOver()).isTrue();
  }

  // ---- the end of a connection

  @Test
  @Requirement({"RFC7766-6.2.3-01", "RFC7766-6.2.3-02"})
  void anUnusedConnectionClosesAfterFiveSeconds() {
    net.overTcp(S1, answering());
    bench.ask("a.lab");
    bench.loop.advance(Duration.ofSeconds(5).minusNanos(1));
    assertThat(net.open).isEqualTo(1);
    bench.ask("b.lab");
    bench.loop.advance(Duration.ofSeconds(5).minusNanos(1));
    assertThat(net.open).as("the time starts again with each use").isEqualTo(1);
    bench.loop.advance(Duration.ofNanos(1));
    assertThat(net.open).isZero();
    bench.ask("c.lab");
    assertThat(net.connections).isEqualTo(2);
  }

  @Test
  void aConnectionWithAQueryStaysOpen() {
    keep();
    Outcome slow = bench.start("slow.lab");
    bench.loop.advance(Duration.ofMinutes(1));
    kept.getFirst().answer();
    assertThat(slow.reply().roundTrip()).isEqualTo(Duration.ofMinutes(1).toNanos());
    assertThat(net.connections).isEqualTo(1);
  }

  @Test
  void aConnectionThatIsUsedAgainDoesNotCloseUnderTheQuery() {
    keep();
    bench.start("a.lab");
    kept.getFirst().answer();
    bench.loop.advance(Duration.ofSeconds(4));
    Outcome slow = bench.start("slow.lab");
    bench.loop.advance(Duration.ofSeconds(4));
    assertThat(net.open).isEqualTo(1);
    kept.get(1).answer();
    assertThat(slow.isOver()).isTrue();
    assertThat(kept).hasSize(2);
  }

  @Test
  void aConnectionThatTheServerClosesIsForgotten() {
    net.overTcp(S1, answering());
    bench.ask("a.lab");
    net.closeConnections(S1);
    assertThat(bench.exchange.openConnections()).isZero();
    bench.ask("b.lab");
    assertThat(net.connections).isEqualTo(2);
  }

  @Test
  @Requirement("RFC7766-6.2.4-01")
  void aQueryWhoseUsedConnectionClosesIsRepeatedOnceOnANewOne() {
    net.overTcp(S1, answering());
    bench.ask("a.lab");
    keep();
    bench.loop.advance(Duration.ofSeconds(1));
    Outcome outcome = bench.start("b.lab");
    bench.loop.advance(Duration.ofSeconds(1));
    net.closeConnections(S1);
    settle();
    assertThat(kept).extracting(one -> one.asked.connection()).containsExactly(1, 2);
    bench.loop.advance(Duration.ofMillis(30));
    kept.get(1).answer();
    assertThat(outcome.reply().roundTrip()).as("from the repetition").isEqualTo(Duration.ofMillis(30).toNanos());
    assertThat(bench.budget.used()).isEqualTo(3);
  }

  @Test
  void allUnansweredQueriesOfAConnectionAreRepeatedOnOneNewConnection() {
    keep();
    List<Outcome> outcomes = IntStream.range(0, 5).mapToObj(i -> bench.start("n" + i + ".lab")).toList();
    kept.getFirst().answer();
    net.closeConnections(S1);
    settle();
    assertThat(kept).extracting(one -> one.asked.connection()).containsExactly(1, 1, 1, 1, 1, 2, 2, 2, 2);
    kept.subList(5, 9).forEach(Kept::answer);
    assertThat(outcomes).allMatch(one -> one.reply().overTcp());
  }

  @Test
  void aSecondClosedConnectionEndsTheExchange() {
    keep();
    bench.start("a.lab");
    Outcome outcome = bench.start("b.lab");
    Outcome third = bench.start("c.lab");
    kept.get(0).answer();
    net.closeConnections(S1);
    settle();
    kept.get(3).answer();
    assertThat(outcome.isOver()).isTrue();
    net.closeConnections(S1);
    settle();
    assertThat(third.failure()).isEqualTo(Kind.UNREACHABLE);
    assertThat(net.connections).isEqualTo(2);
  }

  @Test
  void aRepetitionNeedsABudget() {
    keep();
    bench.budget = new Budget(2);
    bench.start("a.lab");
    Outcome outcome = bench.start("b.lab");
    kept.getFirst().answer();
    net.closeConnections(S1);
    settle();
    assertThat(outcome.failure()).isEqualTo(Kind.OUT_OF_BUDGET);
    assertThat(kept).hasSize(2);
  }

  @Test
  void aQueryWhoseNewConnectionFailsIsUnanswered() {
    net.overTcp(S1, (asked, replies) -> replies.fail(new IOException("reset by the test")));
    assertThat(bench.start("a.lab").failure()).isEqualTo(Kind.UNREACHABLE);
    assertThat(net.asked).hasSize(1);
  }

  @Test
  void aRefusedConnectionEndsItsQueriesAndIsForgotten() {
    Sinks.Empty<Void> open = Sinks.empty();
    net.opening(S1, open.asMono());
    Outcome first = bench.start("a.lab");
    Outcome second = bench.start("b.lab");
    open.tryEmitError(new ConnectException("refused"));
    settle();
    assertThat(first.failure()).isEqualTo(Kind.UNREACHABLE);
    assertThat(second.failure()).isEqualTo(Kind.UNREACHABLE);

    net.opening(S1, Mono.empty());
    net.overTcp(S1, answering());
    bench.ask("c.lab");
  }

  @Test
  void aConnectionThatIsRefusedAtOnceLeavesNothingBehind() {
    net.opening(S1, Mono.error(new ConnectException("no route")));
    assertThat(bench.start("a.lab").failure()).isEqualTo(Kind.UNREACHABLE);
    assertThat(bench.exchange.openConnections()).isZero();
    net.opening(S1, Mono.empty());
    net.overTcp(S1, answering());
    bench.ask("b.lab");
  }

  @Test
  void anAnswerInsideTheCallThatSendsTheQueryIsAnAnswer() {
    net.reactsAtOnce = true;
    net.overTcp(S1, answering());
    assertThat(bench.ask("a.lab").overTcp()).isTrue();
    assertThat(bench.ask("b.lab").overTcp()).isTrue();
    assertThat(net.connections).isEqualTo(1);
  }

  @Test
  void aCallerThatAsksAgainWhenItsConnectionEndsGetsANewOne() {
    keep();
    List<Outcome> again = new ArrayList<>();
    bench.exchange.ask(new Query(new Question(name("a.lab"), Type.A), true, false), S1, 0,
        bench.budget).subscribe(reply -> {}, e -> again.add(bench.start("b.lab")));
    settle();
    net.closeConnections(S1);
    settle();
    assertThat(kept).extracting(one -> one.asked.connection()).containsExactly(1, 2);
    kept.get(1).answer();
    assertThat(again.getFirst().isOver()).isTrue();
  }

  @Test
  void aCallerThatAbandonsTheConnectionOnItsAnswerHasItsAnswer() {
    keep();
    List<Reply> replies = new ArrayList<>();
    bench.exchange.ask(new Query(new Question(name("a.lab"), Type.A), true, false), S1, 0,
        bench.budget).doOnNext(reply -> bench.exchange.abandonConnection(S1)).subscribe(replies::add);
    settle();
    kept.getFirst().answer();
    assertThat(replies).hasSize(1);
    assertThat(net.open).isZero();
  }

  // ---- cancellation

  @Test
  void aConnectionThatNeverOpensIsGivenUpAfterTheLastQuery() {
    List<String> cancelled = new ArrayList<>();
    net.opening(S1, Mono.<Void>never().doOnCancel(() -> cancelled.add("the attempt")));
    Outcome first = bench.start("a.lab");
    Outcome second = bench.start("b.lab");
    first.subscription.dispose();
    bench.loop.advance(Duration.ofSeconds(10));
    assertThat(cancelled).isEmpty();
    second.subscription.dispose();
    bench.loop.advance(Duration.ofSeconds(5));
    assertThat(cancelled).hasSize(1);
    assertThat(bench.exchange.openConnections()).isZero();
  }

  @Test
  void aQueryThatIsCancelledBeforeTheConnectionOpensIsNotSent() {
    keep();
    Sinks.Empty<Void> open = Sinks.empty();
    net.opening(S1, open.asMono());
    bench.start("a.lab").subscription.dispose();
    Outcome second = bench.start("b.lab");
    open.tryEmitEmpty();
    settle();
    assertThat(kept).hasSize(1);
    kept.getFirst().answer();
    assertThat(second.isOver()).isTrue();
  }

  @Test
  void aQueryThatIsCancelledWhenItIsSubscribedToLeavesNoConnectionOpen() {
    keep();
    Connections connections = new Connections(bench.host);
    connections.ask(S1, id -> new byte[12]).subscribe(new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        subscription.cancel();
      }
    });
    bench.loop.advance(Duration.ofSeconds(5));
    assertThat(connections.size()).isZero();
  }

  // ---- messages that answer nothing

  @Test
  void sixteenStrangeMessagesCloseTheConnection() {
    keep();
    Outcome outcome = bench.start("a.lab");
    Message strange = response(kept.getFirst().asked.query());
    strange.getHeader().setID(kept.getFirst().id() ^ 1);
    for (int i = 0; i < 15; i++) {
      net.send(1, strange.toWire());
    }
    settle();
    assertThat(outcome.isOver()).isFalse();
    net.send(1, new byte[1]);
    settle();
    assertThat(outcome.failure()).isEqualTo(Kind.UNREACHABLE);
    assertThat(bench.drops.get(DnsDrop.WRONG_ID)).isEqualTo(15);
    assertThat(bench.drops.get(DnsDrop.MALFORMED)).isEqualTo(1);
    assertThat(net.open).isZero();
  }

  @Test
  @Requirement("RFC7766-7-03")
  void aResponseWithAnotherQuestionFailsTheExchange() {
    int[][] wrong = {{Type.AAAA, DClass.IN}, {Type.A, DClass.CH}};
    for (int[] one : wrong) {
      net.overTcp(S1, replying((query, answer) -> {
        answer.removeAllRecords(Section.QUESTION);
        answer.addRecord(Record.newRecord(query.getQuestion().getName(), one[0], one[1]), Section.QUESTION);
      }));
      assertThat(bench.start("a.lab").failure()).isEqualTo(Kind.MALFORMED);
    }
    net.overTcp(S1, replying((query, answer) -> {
      answer.removeAllRecords(Section.QUESTION);
      answer.addRecord(Record.newRecord(name("b.lab"), Type.A, DClass.IN), Section.QUESTION);
    }));
    assertThat(bench.start("a.lab").failure()).isEqualTo(Kind.MALFORMED);
    assertThat(bench.drops.get(DnsDrop.WRONG_QUESTION)).isEqualTo(3);
  }

  @Test
  void aTruncatedResponseAQueryAndGarbageFailTheExchange() {
    net.overTcp(S1, replying((query, answer) -> answer.getHeader().setFlag(Flags.TC)));
    assertThat(bench.start("a.lab").failure()).isEqualTo(Kind.MALFORMED);
    net.overTcp(S1, replying((query, answer) -> answer.getHeader().unsetFlag(Flags.QR)));
    assertThat(bench.start("a.lab").failure()).isEqualTo(Kind.MALFORMED);
    net.overTcp(S1, (asked, replies) -> {
      byte[] octets = response(asked.query()).toWire();
      replies.reply(new byte[] {octets[0], octets[1]});
    });
    assertThat(bench.start("a.lab").failure()).isEqualTo(Kind.MALFORMED);
  }

  @Test
  @Requirement("RFC7766-5-06")
  void aResponseCountsOnlyOnTheConnectionThatCarriedTheQuery() {
    keep();
    net.overTcp(S2, (asked, replies) -> {
      Message stolen = response(kept.getFirst().asked.query());
      stolen.getHeader().setRcode(Rcode.NXDOMAIN);
      replies.reply(stolen);
      replies.reply(response(asked.query()));
    });
    Outcome first = bench.start("a.lab");
    Outcome second = bench.start("a.lab", S2, 0);
    assertThat(second.isOver()).isTrue();
    assertThat(first.isOver()).isFalse();
    kept.getFirst().answer();
    assertThat(first.reply().message().getRcode()).isEqualTo(Rcode.NOERROR);
  }

  // ---- a server that is silent on its connection

  @Test
  void aHealthyQueryOfAnAbandonedConnectionIsAnswered() {
    keep();
    Outcome silent = bench.start("silent.lab");
    bench.loop.advance(Duration.ofMillis(400));
    Outcome healthy = bench.start("healthy.lab");
    bench.exchange.abandonConnection(S1);
    assertThat(healthy.isOver()).isFalse();
    Outcome next = bench.start("next.lab");
    assertThat(kept).extracting(one -> one.asked.connection()).containsExactly(1, 1, 2);
    kept.get(1).answer();
    assertThat(healthy.isOver()).isTrue();
    kept.get(0).answer();
    assertThat(silent.isOver()).as("a late answer counts too").isTrue();
    assertThat(net.open).as("the old connection closes with its last query").isEqualTo(1);
    kept.get(2).answer();
    assertThat(next.isOver()).isTrue();
  }

  @Test
  void aServerThatAnswersOtherQueriesKeepsItsConnection() {
    keep();
    Outcome slow = bench.start("slow.lab");
    bench.loop.advance(Duration.ofMillis(300));
    Outcome fast = bench.start("fast.lab");
    kept.get(1).answer();
    assertThat(fast.isOver()).isTrue();
    bench.loop.advance(Duration.ofMillis(100));
    bench.exchange.abandonConnection(S1);
    bench.start("next.lab").subscription.dispose();
    assertThat(kept).extracting(one -> one.asked.connection()).containsOnly(1);
    kept.get(0).answer();
    assertThat(slow.isOver()).isTrue();
  }

  @Test
  void aYoungQueryIsNoReasonToDoubtItsConnection() {
    keep();
    Outcome young = bench.start("young.lab");
    bench.loop.advance(Duration.ofMillis(249));
    bench.exchange.abandonConnection(S1);
    Outcome next = bench.start("next.lab");
    assertThat(kept).extracting(one -> one.asked.connection()).containsExactly(1, 1);
    kept.forEach(Kept::answer);
    assertThat(young.isOver() && next.isOver()).isTrue();
  }

  @Test
  void aServerHasAtMostTwoConnections() {
    keep();
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      outcomes.add(bench.start("n" + i + ".lab"));
      bench.loop.advance(Duration.ofSeconds(1));
      bench.exchange.abandonConnection(S1);
      assertThat(net.open).isLessThanOrEqualTo(2);
    }
    assertThat(net.connections).isEqualTo(10);
    outcomes.forEach(one -> one.subscription.dispose());
    assertThat(net.open).as("cancelled queries keep no retired connection").isZero();
  }

  @Test
  void anAbandonedConnectionThatTheServerClosesHasItsQueriesRepeated() {
    keep();
    Outcome first = bench.start("a.lab");
    kept.getFirst().answer();
    Outcome second = bench.start("b.lab");
    bench.loop.advance(Duration.ofSeconds(1));
    bench.exchange.abandonConnection(S1);
    net.closeConnections(S1);
    settle();
    assertThat(first.isOver()).isTrue();
    kept.getLast().answer();
    assertThat(second.isOver()).isTrue();
    assertThat(kept.getLast().asked.connection()).isEqualTo(2);
  }

  @Test
  void anUnusedConnectionOfASilentServerCloses() {
    net.overTcp(S1, answering());
    bench.ask("a.lab");
    bench.exchange.abandonConnection(S1);
    assertThat(net.open).isZero();
    bench.exchange.abandonConnection(S2);
  }
}
