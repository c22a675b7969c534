package io.reactorstack.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;

/** Tests which servers an iterative resolver asks, and what, on its way from the root. */
class DescentTest {

  private final WalkBench bench = WalkBench.small();
  private final VirtualInternet net = bench.net;

  @AfterEach
  void nothingIsLeft() {
    bench.checkIdle();
  }

  @Test
  @Requirement({"RFC1034-5.3.3-01", "RFC9156-3-01", "RFC9156-2.3-03"})
  void descendsFromTheRootWithOneLabelMoreAtEachZone() {
    assertThat(bench.reason("www.example.lab", "AAAA")).isEqualTo(Reason.NO_DATA);
    assertThat(net.queries()).containsExactly("root . NS", "root lab A", "lab example.lab A",
        "example www.example.lab AAAA");
    assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab A 10.9.0.1");
    assertThat(net.queries()).as("the closest zone is known").containsExactly("example www.example.lab A");
    bench.ask("www.example.lab", "A");
    assertThat(net.queries()).as("the answer is known").isEmpty();
  }

  @Test
  void withoutMinimisationEachServerGetsTheWholeQuestion() {
    bench.minimises = false;
    bench.example("www TXT text");
    bench.records("www.example.lab", "TXT");
    assertThat(net.queries()).containsExactly("root . NS", "root www.example.lab TXT", "lab www.example.lab TXT",
        "example www.example.lab TXT");
  }

  @Test
  @Requirement({"RFC9156-2.3-01", "RFC9156-2.3-02", "RFC9156-2.3-04"})
  void aLongNameIsAskedForInTenStepsAtMost() {
    String name = "x.".repeat(40) + "example.lab";
    bench.example(name + ". A 10.9.0.3");
    assertThat(bench.records(name, "A")).hasSize(1);
    assertThat(net.asked.stream().skip(1).map(one -> one.query().getQuestion().getName().labels() - 1))
        .containsExactly(1, 2, 3, 4, 10, 16, 22, 28, 35, 42);
  }

  @Test
  void anEmptyNonTerminalHasNamesBelow() {
    bench.example("a.b.c A 10.9.0.3");
    assertThat(bench.records("a.b.c.example.lab", "A")).hasSize(1);
    assertThat(net.queries()).endsWith("example c.example.lab A", "example b.c.example.lab A",
        "example a.b.c.example.lab A");
  }

  @Test
  void aServerThatDeniesEmptyNonTerminalsIsAskedForTheWholeName() {
    bench.example("a.b.c A 10.9.0.3");
    net.server("example").lies(asked -> asked.isFor("c.example.lab", "A"), message -> message.getHeader()
        .setRcode(Rcode.NXDOMAIN));
    assertThat(bench.records("a.b.c.example.lab", "A")).hasSize(1);
    assertThat(net.queries()).endsWith("example c.example.lab A", "example a.b.c.example.lab A");
    assertThat(bench.records("a.b.c.example.lab", "A")).as("c.example.lab is not known to be absent").hasSize(1);
    bench.ask("a.b.c.example.lab", "AAAA");
    assertThat(net.queries()).as("and so is what is below it asked for").isNotEmpty();
  }

  @Test
  void aServerThatRefusesPartsOfTheNameIsAskedForTheWholeName() {
    for (int rcode : new int[] {Rcode.REFUSED, Rcode.FORMERR, Rcode.SERVFAIL, Rcode.NOTIMP}) {
      String name = "a.b.c" + rcode;
      bench.example(name + " A 10.9.0.3");
      net.server("example").lies(asked -> !asked.name().startsWith("a."), message -> {
        VirtualInternet.clear(message);
        message.getHeader().setRcode(rcode);
      });
      assertThat(bench.records(name + ".example.lab", "A")).as(Rcode.string(rcode)).hasSize(1);
      assertThat(net.queries()).endsWith("example a.b.c" + rcode + ".example.lab A");
    }
  }

  @Test
  @Requirement({"RFC8020-2-01", "RFC8020-2-02"})
  void nothingIsAskedBelowANameThatDoesNotExist() {
    assertThat(bench.reason("a.b.nothing.example.lab", "A")).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(net.queries()).endsWith("example nothing.example.lab A", "example a.b.nothing.example.lab A");
    assertThat(bench.reason("c.nothing.example.lab", "TXT")).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(bench.reason("nothing.example.lab", "MX")).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(net.queries()).isEmpty();
    bench.pass(Duration.ofSeconds(301));
    assertThat(bench.reason("c.nothing.example.lab", "TXT")).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(net.queries()).as("after its time").isNotEmpty();
  }

  @Test
  void recordsOfTheTypeDsAreAskedOfTheParent() {
    bench.lab("example DS 1 13 2 " + "00".repeat(32));
    bench.ask("www.example.lab", "A");
    net.queries();
    assertThat(bench.records("example.lab", "DS")).hasSize(1);
    assertThat(net.queries()).containsExactly("lab example.lab DS");
  }

  @Test
  void answersQuestionsAboutTheRootItself() {
    assertThat(bench.records(".", "NS")).containsExactly(". NS ns.root.");
    assertThat(bench.reason(".", "A")).isEqualTo(Reason.NO_DATA);
    assertThat(net.queries()).containsExactly("root . NS", "root . A");
  }

  @Test
  @Requirement({"RFC1034-5.3.2-02", "RFC1035-7.2-01"})
  void theHintsServeWhenTheRootDoesNotTellItsServers() {
    net.server("root").lies(asked -> asked.isFor("", "NS"), message -> {
      VirtualInternet.clear(message);
      message.getHeader().setRcode(Rcode.SERVFAIL);
    });
    assertThat(bench.records("www.example.lab", "A")).hasSize(1);
  }

  @Test
  void theServersThatTheRootTellsReplaceTheHints() {
    net.server("new root", "10.0.0.2").zone(".", "@ NS new.root.", "new.root. A 10.0.0.2", "lab NS ns.lab.",
        "ns.lab. A " + WalkBench.LAB);
    net.server("root").zone(".", "@ NS new.root.", "new.root. A 10.0.0.2");
    assertThat(bench.records("www.example.lab", "A")).hasSize(1);
    assertThat(net.queries()).startsWith("root . NS", "new root lab A");
  }

  @Test
  void aSilentHintIsFollowedByTheNext() {
    bench.hints.put(WalkBench.name("dead.root"), List.of(IpAddress.parse("10.0.0.9")));
    net.server("dead", "10.0.0.9").silent();
    for (int i = 0; i < 20; i++) {
      assertThat(bench.records("www.example.lab", "A")).hasSize(1);
      bench.cache().clear();
    }
    assertThat(net.count("dead")).as("the server that answers is preferred").isBetween(1L, 3L);
  }

  @Test
  @Requirement({"RFC1035-7.2-06"})
  void theZoneAboveIsAskedAgainWhenAllServersOfAKnownZoneAreGone() {
    bench.ask("www.example.lab", "A");
    net.server("example").silent();
    net.server("lab").zone("lab", "@ NS ns", "ns A " + WalkBench.LAB, "example NS new.example",
        "new.example A 10.1.0.2");
    net.server("new", "10.1.0.2").zone("example.lab", "@ NS new", "new A 10.1.0.2", "mail A 10.9.0.5");
    net.queries();
    assertThat(bench.records("mail.example.lab", "A")).containsExactly("mail.example.lab A 10.9.0.5");
    assertThat(net.queries()).contains("lab example.lab A").endsWith("new mail.example.lab A");
    bench.ask("third.example.lab", "A");
    assertThat(net.queries()).as("the old servers are forgotten").containsExactly("new third.example.lab A");
  }

  @Test
  void anExpiredAddressOfAServerInItsOwnZoneLeadsToTheZoneAbove() {
    net.server("lab").zone("lab", "@ NS ns", "ns A " + WalkBench.LAB, "example NS ns.example",
        "ns.example 60 A " + WalkBench.EXAMPLE);
    net.server("example").zone("example.lab", "@ NS ns", "ns 60 A " + WalkBench.EXAMPLE, "b.a A 10.9.0.1");
    bench.ask("b.a.example.lab", "A");
    bench.pass(Duration.ofMinutes(5));
    net.queries();
    bench.ask("d.c.example.lab", "A");
    assertThat(net.queries()).as("and does not tell it the whole name").containsExactly("lab example.lab A",
        "example c.example.lab A", "example d.c.example.lab A");
  }

  @Test
  void lameServersAreTriedLastForHalfAMinute() {
    net.server("lab").zone("lab", "@ NS ns", "ns A " + WalkBench.LAB, "example NS ns.example",
        "example NS lame.example",
        "ns.example A " + WalkBench.EXAMPLE, "lame.example A 10.1.0.66");
    bench.example("@ NS lame", "lame A 10.1.0.66", "* A 10.9.0.1");
    net.server("lame", "10.1.0.66").zone("unrelated.lab", "@ NS ns", "ns A 10.1.0.66");
    List<Long> lame = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      bench.ask("n" + i + ".example.lab", "A");
      lame.add(net.count("lame"));
    }
    assertThat(lame.get(20)).as("it is tried").isEqualTo(1);
    assertThat(lame.getLast()).as("and not again").isEqualTo(1);
    bench.pass(Duration.ofSeconds(31));
    for (int i = 0; i < 40; i++) {
      bench.ask("m" + i + ".example.lab", "A");
    }
    assertThat(net.count("lame")).as("but after half a minute").isEqualTo(2);
  }

  @Test
  @Requirement({"RFC9520-3.3-01", "RFC1034-5.2.3-02"})
  void aZoneWhoseServersAreAllDeadIsAFailureThatIsKnown() {
    net.server("example").silent();
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.TIMEOUT);
    assertThat(Reason.TIMEOUT.isTemporary()).isTrue();
    assertThat(Reason.NAME_NOT_FOUND.isTemporary()).isFalse();
    assertThat(net.asked.size()).isLessThan(8);
    net.asked.clear();
    for (int i = 0; i < 50; i++) {
      assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.TIMEOUT);
    }
    assertThat(net.asked).isEmpty();
    for (int i = 0; i < 10; i++) {
      bench.reason("n" + i + ".example.lab", "A");
    }
    assertThat(net.count("lab")).as("queries to the parent for ten names").isLessThanOrEqualTo(10);
    assertThat(net.count("root")).isZero();
  }

  @Test
  @Requirement("RFC2308-7.1-01")
  void aFailureOfAllServersIsKnownForAWhile() {
    net.server("example").fails(Rcode.SERVFAIL);
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.SERVER_FAILURE);
    net.asked.clear();
    bench.pass(Duration.ofSeconds(4));
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(net.asked).isEmpty();
    net.server("example").honest();
    bench.pass(Duration.ofSeconds(1));
    assertThat(bench.records("www.example.lab", "A")).hasSize(1);
  }

  /** Serves example.lab and sample.lab from two servers, of which one is silent. */
  private void withASilentServer() {
    net.server("lab").zone("lab", "@ NS ns", "ns A " + WalkBench.LAB, "example NS ns.example",
        "example NS dead.example",
        "sample NS ns.example", "sample NS dead.example", "ns.example A " + WalkBench.EXAMPLE,
        "dead.example A 10.1.0.66");
    bench.example("@ NS dead", "dead A 10.1.0.66", "* 1 A 10.9.0.1");
    net.server("example").zone("sample.lab", "@ NS ns.example.lab.", "@ NS dead.example.lab.", "* 1 A 10.9.0.2");
    net.server("dead", "10.1.0.66").silent();
  }

  @Test
  @Requirement({"RFC2308-7.2-02", "RFC2308-7.2-03", "RFC1035-7.2-02"})
  void aDeadServerIsTriedLastForFiveMinutesAtMost() {
    withASilentServer();
    for (int i = 0; net.count("dead") == 0; i++) {
      bench.ask("n" + i + ".example.lab", "A");
    }
    for (int i = 0; i < 30; i++) {
      bench.ask("m" + i + ".example.lab", "A");
      bench.ask("m" + i + ".sample.lab", "A");
    }
    assertThat(net.count("dead")).as("for all its zones").isEqualTo(1);
    for (int round = 0; round < 8; round++) {
      net.asked.clear();
      bench.pass(Duration.ofSeconds(301));
      for (int i = 0; i < 20; i++) {
        bench.ask("r" + round + "n" + i + ".example.lab", "A");
      }
      assertThat(net.count("dead")).as("after five minutes, round %s", round).isEqualTo(1);
    }
  }

  @Test
  @Requirement("RFC1035-4.2.1-06")
  void aQueryIsRepeatedAfterATimeThatFitsTheServer() {
    net.server("example").delay(Duration.ofMillis(300));
    bench.example("* A 10.9.0.1");
    for (int i = 0; i < 20; i++) {
      bench.ask("n" + i + ".example.lab", "A");
    }
    net.asked.clear();
    boolean[] lost = {false};
    net.server("example").does((asked, honest, replies) -> {
      if (lost[0]) {
        replies.accept(honest);
      }
      lost[0] = true;
    });
    assertThat(bench.records("last.example.lab", "A")).hasSize(1);
    assertThat(net.asked).hasSize(2);
    assertThat(Duration.ofNanos(net.asked.get(1).at() - net.asked.get(0).at())).isBetween(Duration.ofMillis(300),
        Duration.ofMillis(450));
  }

  @Test
  void aServerWithAnIpv6AddressOnlyNeedsIpv6() {
    net.server("lab").zone("lab", "@ NS ns", "ns A " + WalkBench.LAB, "example NS ns.example",
        "ns.example AAAA 2001:db8::1");
    net.server("six", "2001:db8::1").zone("example.lab", "@ NS ns", "ns AAAA 2001:db8::1", "www A 10.9.0.1");
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(net.count("six")).isZero();
    bench.pass(Duration.ofMinutes(6));
    bench.host.hasIpv6 = true;
    assertThat(bench.records("www.example.lab", "A")).hasSize(1);
    assertThat(net.count("six")).isEqualTo(1);
  }

  @Test
  void aHostWithIpv6OnlyAsksNoIpv4Address() {
    bench.host.hasIpv4 = false;
    bench.host.hasIpv6 = true;
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(net.asked).isEmpty();
  }

  @Test
  void anAddressOfTheOtherIpVersionDoesNotHideTheUsableOne() {
    net.server("lab").zone("lab", "@ NS ns", "ns A " + WalkBench.LAB, "example NS away.other.org.");
    net.server("other").zone("other.org", "@ NS ns", "ns A " + WalkBench.OTHER, "away A " + WalkBench.OTHER,
        "away AAAA 2001:db8::2").zone("example.lab", "@ NS away.other.org.", "www A 10.9.0.7");
    bench.ask("away.other.org", "AAAA");
    assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab A 10.9.0.7");
  }

  @Test
  @Requirement("RFC1035-7.2-03")
  void theOnlyServerMayTakeSeveralSeconds() {
    net.server("lab").delay(Duration.ofSeconds(5));
    assertThat(bench.records("www.example.lab", "A")).hasSize(1);
    assertThat(net.count("lab")).as("it is asked once more").isEqualTo(2);
    net.server("lab").delay(Duration.ofMillis(10));
    net.server("example").delay(Duration.ofSeconds(7));
    long start = bench.loop.now();
    assertThat(bench.reason("none.example.lab", "A")).isEqualTo(Reason.TIMEOUT);
    assertThat(Duration.ofNanos(bench.loop.now() - start)).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(10));
  }
}
