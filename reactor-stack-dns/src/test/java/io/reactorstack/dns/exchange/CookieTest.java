package io.reactorstack.dns.exchange;

import static io.reactorstack.dns.exchange.ExchangeBench.COOKIE;
import static io.reactorstack.dns.exchange.ExchangeBench.S1;
import static io.reactorstack.dns.exchange.ExchangeBench.S2;
import static io.reactorstack.dns.exchange.ExchangeBench.addOpt;
import static io.reactorstack.dns.exchange.ExchangeBench.answering;
import static io.reactorstack.dns.exchange.ExchangeBench.answeringWithEdns;
import static io.reactorstack.dns.exchange.ExchangeBench.cookie;
import static io.reactorstack.dns.exchange.ExchangeBench.replying;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.FakeServers;
import io.reactorstack.dns.FakeServers.Behaviour;
import io.reactorstack.dns.exchange.ExchangeBench.Outcome;
import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.testing.Requirement;
import java.net.ConnectException;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import reactor.core.publisher.Mono;

/** Tests DNS cookies (RFC 7873, RFC 9018). */
class CookieTest {

  private final ExchangeBench bench = new ExchangeBench();
  private final FakeServers net = bench.net;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(bench.openAfterRest()).isZero();
  }

  /** A server whose cookie has {@code length} octets of {@code value}. */
  private static Behaviour baking(int length, int value) {
    return replying((query, answer) -> addOpt(answer, 0, cookie(query, length, value)));
  }

  private byte[] lastCookie() {
    return cookie(bench.last().query());
  }

  /** A server that sends a cookie option with the octets {@code wrong}, and then the right answer, a name error. */
  private static Behaviour sendingFirst(byte[] wrong) {
    return (asked, replies) -> {
      Message bad = FakeServers.response(asked.query());
      addOpt(bad, 0, new GenericEDNSOption(COOKIE, wrong));
      replies.reply(bad);
      Message good = FakeServers.response(asked.query());
      addOpt(good, Rcode.NXDOMAIN, cookie(asked.query(), 8, 1));
      replies.reply(good);
    };
  }

  @Test
  @Requirement({"RFC7873-5-01", "RFC7873-4.1-02"})
  void sendsEachServerAClientCookieOfItsOwn() {
    net.overUdp(S1, answeringWithEdns());
    net.overUdp(S2, answeringWithEdns());
    bench.ask("a.lab");
    byte[] first = lastCookie();
    bench.start("a.lab", S2, 0);
    byte[] other = lastCookie();
    bench.ask("b.lab");
    assertThat(first).hasSize(8);
    assertThat(other).hasSize(8).isNotEqualTo(first);
    assertThat(lastCookie()).as("it does not change").isEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16, 32})
  void sendsTheServerItsCookieBack(int length) {
    net.overUdp(S1, baking(length, 7));
    bench.ask("a.lab");
    byte[] first = lastCookie();
    assertThat(first).hasSize(8);
    bench.ask("b.lab");
    byte[] second = lastCookie();
    assertThat(second).hasSize(8 + length).startsWith(first);
    assertThat(Arrays.copyOfRange(second, 8, 8 + length)).containsOnly(7);

    net.overUdp(S1, baking(length, 9));
    bench.ask("c.lab");
    bench.ask("d.lab");
    assertThat(lastCookie()).as("the last cookie of the server").endsWith(9);
  }

  @Test
  void learnsTheCookieOfAnErrorToo() {
    net.overUdp(S1, replying((query, answer) -> addOpt(answer, Rcode.SERVFAIL, cookie(query, 8, 7))));
    bench.ask("a.lab");
    bench.ask("b.lab");
    assertThat(lastCookie()).hasSize(16);
  }

  @Test
  void sendsNoCookieIfCookiesAreOff() {
    ExchangeBench without = new ExchangeBench(ExchangeSettings.DEFAULTS.cookies(false));
    without.net.overUdp(S1, answeringWithEdns());
    without.ask("a.lab");
    assertThat(without.last().query().getOPT().getOptions()).isEmpty();
  }

  @Test
  @Requirement("RFC7873-5.3-01")
  void ignoresAResponseWithAnotherClientCookie() {
    net.overUdp(S1, sendingFirst(new byte[16]));
    assertThat(bench.ask("a.lab").message().getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(bench.drops.get(DnsDrop.WRONG_COOKIE)).isEqualTo(1);
    assertThat(net.asked).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 9, 15, 41, 64})
  @Requirement("RFC7873-5.3-01")
  void ignoresAResponseWithACookieOfAnIllegalLength(int length) {
    net.overUdp(S1, sendingFirst(new byte[length]));
    assertThat(bench.ask("a.lab").message().getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(bench.drops.get(DnsDrop.MALFORMED)).isEqualTo(1);
  }

  @Test
  void aWrongClientCookieOverTcpFailsTheExchange() {
    ExchangeBench tcp = new ExchangeBench(ExchangeSettings.DEFAULTS.tcpOnly(true));
    tcp.net.overTcp(S1, replying((query, answer) -> addOpt(answer, 0, new GenericEDNSOption(COOKIE, new byte[16]))));
    assertThat(tcp.start("a.lab").failure()).isEqualTo(ExchangeException.Kind.MALFORMED);
    assertThat(tcp.book.serverCookie(S1)).isNull();
  }

  @Test
  void aServerThatLosesTheCaseMustStillReturnTheClientCookie() {
    ExchangeBench tcp = new ExchangeBench(ExchangeSettings.DEFAULTS.tcpOnly(true));
    tcp.net.overTcp(S1, replying((query, answer) -> {
      Message lower = FakeServers.response(query);
      answer.removeAllRecords(Section.QUESTION);
      answer.addRecord(Record.newRecord(lower.getQuestion().getName().canonicalize(), 1, 1),
          Section.QUESTION);
      addOpt(answer, 0, new GenericEDNSOption(COOKIE, new byte[16]));
    }));
    assertThat(tcp.start("a-name-of-many-letters.lab").failure()).isEqualTo(ExchangeException.Kind.MALFORMED);
    assertThat(tcp.drops.get(DnsDrop.WRONG_COOKIE)).isEqualTo(1);
  }

  // ---- a cookie that is missing

  @Test
  void aServerThatNeverSentACookieNeedsNone() {
    net.overUdp(S1, answering());
    assertThat(bench.ask("a.lab").overTcp()).isFalse();
    assertThat(bench.ask("b.lab").overTcp()).isFalse();
  }

  @Test
  @Requirement("RFC7873-5.3-02")
  void dropsAResponseWithoutTheExpectedCookieAndAsksOverTcp() {
    net.overUdp(S1, baking(8, 1));
    bench.ask("a.lab");
    net.overUdp(S1, replying((query, answer) -> addOpt(answer, Rcode.NXDOMAIN)));
    net.overTcp(S1, baking(8, 2));
    Reply reply = bench.ask("b.lab");
    assertThat(reply.message().getRcode()).as("the forged response is not used").isEqualTo(Rcode.NOERROR);
    assertThat(reply.overTcp()).isTrue();
    assertThat(bench.drops.get(DnsDrop.NO_COOKIE)).isEqualTo(1);
    assertThat(bench.ask("c.lab").overTcp()).as("a cookie is still expected").isTrue();
  }

  @Test
  void forgetsTheCookieOfAServerThatSendsNoneOverTcp() {
    net.overUdp(S1, baking(8, 1));
    bench.ask("a.lab");
    net.overUdp(S1, answeringWithEdns());
    net.overTcp(S1, answeringWithEdns());
    assertThat(bench.ask("b.lab").overTcp()).isTrue();
    assertThat(bench.ask("c.lab").overTcp()).isFalse();
    assertThat(lastCookie()).hasSize(8);
  }

  @Test
  void asksAServerWithoutTcpAgainWithoutExpectingACookie() {
    net.overUdp(S1, baking(8, 1));
    bench.ask("a.lab");
    net.overUdp(S1, answeringWithEdns());
    net.opening(S1, Mono.error(new ConnectException("refused")));
    assertThat(bench.ask("b.lab").overTcp()).isFalse();
    assertThat(lastCookie()).hasSize(8);
    assertThat(net.asked).hasSize(3);
  }

  @Test
  void expectsNoCookieOfAServerWhoseTcpWasSilentUntilTheCallerGaveUp() {
    net.overUdp(S1, baking(8, 1));
    bench.ask("a.lab");
    net.overUdp(S1, answeringWithEdns());
    net.opening(S1, Mono.never());
    Outcome outcome = bench.start("b.lab");
    assertThat(outcome.isOver()).isFalse();
    outcome.subscription.dispose();
    assertThat(bench.ask("c.lab").overTcp()).isFalse();
  }

  @Test
  void aServerThatHasLostEdnsAndItsCookieIsStillUsable() {
    net.overUdp(S1, baking(8, 1));
    bench.ask("a.lab");
    net.opening(S1, Mono.error(new ConnectException("refused")));
    net.overUdp(S1, replying((query, answer) -> {
      if (query.getOPT() != null) {
        answer.getHeader().setRcode(Rcode.FORMERR);
      }
    }));
    assertThat(bench.ask("b.lab").message().getRcode()).isEqualTo(Rcode.NOERROR);
  }

  // ---- BADCOOKIE

  @Test
  @Requirement("RFC7873-5.3-03")
  void repeatsWithTheNewCookieAfterBadCookie() {
    net.overUdp(S1, replying((query, answer) -> {
      boolean isKnown = cookie(query).length == 16;
      addOpt(answer, isKnown ? 0 : Rcode.BADCOOKIE, cookie(query, 8, 5));
    }));
    Reply reply = bench.ask("a.lab");
    assertThat(reply.message().getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(reply.overTcp()).isFalse();
    assertThat(net.asked).hasSize(2);
    assertThat(lastCookie()).hasSize(16).endsWith(5, 5, 5, 5, 5, 5, 5, 5);
    assertThat(net.asked.get(0).query().getHeader().getID())
        .isNotEqualTo(net.asked.get(1).query().getHeader().getID());
  }

  @Test
  @Requirement("RFC7873-5.3-04")
  void asksOverTcpAfterASecondBadCookie() {
    net.overUdp(S1, replying((query, answer) -> addOpt(answer, Rcode.BADCOOKIE, cookie(query, 8, 5))));
    net.overTcp(S1, baking(8, 6));
    Reply reply = bench.ask("a.lab");
    assertThat(reply.overTcp()).isTrue();
    assertThat(net.asked).extracting(asked -> asked.tcp()).containsExactly(false, false, true);
    assertThat(bench.budget.used()).isEqualTo(3);
  }

  @Test
  void badCookieOverTcpIsTheResult() {
    net.overUdp(S1, replying((query, answer) -> addOpt(answer, Rcode.BADCOOKIE, cookie(query, 8, 5))));
    net.overTcp(S1, replying((query, answer) -> addOpt(answer, Rcode.BADCOOKIE, cookie(query, 8, 5))));
    assertThat(bench.ask("a.lab").message().getRcode()).isEqualTo(Rcode.BADCOOKIE);
    assertThat(net.asked).hasSize(3);
  }
}
