package io.reactorstack.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.resolve.WalkBench.Asking;
import io.reactorstack.testing.Requirement;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Servers and clients that try to make the resolver work for nothing, or without end. */
class AdversariesTest {

  private final WalkBench bench = WalkBench.small();
  private final VirtualInternet net = bench.net;

  @AfterEach
  void nothingIsLeft() {
    bench.checkIdle();
  }

  /** Returns the number of messages for many random names below {@code domain}, each asked for once. */
  private long ask(int names, String domain) {
    bench.cache(c -> c.weight(4 << 20));
    net.server("example").delay(Duration.ofNanos(1));
    SplittableRandom random = new SplittableRandom(1);
    long messages = 0;
    for (int i = 0; i < names; i++) {
      bench.ask(Long.toString(random.nextLong() & Long.MAX_VALUE, 36) + domain, "A");
      messages += net.asked.size();
      net.asked.clear();
    }
    System.out.println(names + " random names below " + domain.substring(1) + ": " + messages + " messages, cache of "
        + bench.cache().weight() + " octets with " + bench.cache().names() + " names");
    assertThat(bench.cache().weight()).isLessThanOrEqualTo(4 << 20);
    assertThat(bench.resolutions().outstanding()).isZero();
    return messages;
  }

  @Test
  void randomNamesBelowAnExistingDomainCauseAQueryEach() {
    askManyBelowAnExistingDomain(10_000);
  }

  @Test
  @Tag("long")
  void aHundredThousandNamesBelowAnExistingDomainCauseAQueryEach() {
    askManyBelowAnExistingDomain(100_000);
  }

  private void askManyBelowAnExistingDomain(int names) {
    assertThat(ask(names, ".example.lab")).isLessThanOrEqualTo(names + 3L);
    assertThat(bench.records("www.example.lab", "A")).as("what is used often stays").hasSize(1);
    assertThat(net.queries()).containsExactly("example www.example.lab A");
  }

  @Test
  void randomNamesBelowADomainThatDoesNotExistCauseNoQuery() {
    // The name error of the domain is renewed whenever its time has ended.
    assertThat(ask(100_000, ".none.example.lab")).isLessThan(20);
  }

  private void answer(Consumer<Message> content) {
    bench.ask("www.example.lab", "TXT");
    net.server("example").does((asked, honest, replies) -> {
      Message message = VirtualInternet.message(honest);
      if (asked.overTcp()) {
        VirtualInternet.clear(message);
        message.getHeader().setFlag(Flags.AA);
        content.accept(message);
      } else {
        message.getHeader().setFlag(Flags.TC);
      }
      replies.accept(message.toWire(Message.MAXLENGTH));
    });
  }

  private static byte[] address(int number) {
    return new byte[] {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number};
  }

  private static ARecord a(Name owner, int number) {
    try {
      return new ARecord(owner, DClass.IN, 60, InetAddress.getByAddress(address(number)));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** The time of the work for a message must not grow with the square of its size, or worse. */
  @Test
  @Timeout(20)
  void theLargestMessagesCauseLittleWork() {
    Name www = WalkBench.name("www.example.lab");
    answer(message -> {
      for (int i = 0; i < 4000; i++) {
        message.addRecord(a(www, i), Section.ANSWER);
      }
    });
    assertThat(bench.records("www.example.lab", "A")).hasSize(4000);
    assertThat(bench.records("www.example.lab", "ANY")).hasSize(4000);
  }

  @Test
  @Timeout(20)
  void aReferralWithVeryManyServersCausesLittleWork() {
    answer(message -> {
      message.getHeader().unsetFlag(Flags.AA);
      Name sub = WalkBench.name("sub.example.lab");
      for (int i = 0; i < 1300; i++) {
        Name server = WalkBench.name("n" + i + ".sub.example.lab");
        message.addRecord(new NSRecord(sub, DClass.IN, 60, server), Section.AUTHORITY);
        message.addRecord(a(server, i), Section.ADDITIONAL);
      }
    });
    assertThat(bench.ask("www.sub.example.lab", "A").failure()).isNotNull();
    assertThat(net.asked).as("16 servers, twice each").hasSizeLessThan(45);
  }

  @Test
  @Requirement("RFC2308-7.2-01")
  void aServerThatNeverAnswersIsAskedTwiceForAName() {
    net.server("example").silent();
    List<Long> messages = new ArrayList<>();
    for (int round = 0; round < 4; round++) {
      for (int i = 0; i < 20; i++) {
        Asking asking = bench.start("r" + round + "n" + i + ".example.lab", "A");
        assertThat(bench.await(asking).failure()).isEqualTo(Reason.TIMEOUT);
      }
      messages.add(net.count("example"));
      net.asked.clear();
    }
    System.out.println("A silent server: " + messages + " messages for 20 names each");
    assertThat(messages).allMatch(count -> count <= 40);
  }

  @Test
  void aServerThatAnswersEachQuestionWithAnotherReferralEnds() {
    net.server("example").does((asked, honest, replies) -> {
      Message message = VirtualInternet.message(honest);
      VirtualInternet.clear(message);
      Name name = asked.query().getQuestion().getName();
      message.addRecord(new NSRecord(name, DClass.IN, 60, WalkBench.name("ns.example.lab")),
          Section.AUTHORITY);
      replies.accept(message.toWire());
    });
    String name = "x.".repeat(100) + "example.lab";
    assertThat(bench.ask(name, "A").failure()).isNotNull();
    System.out.println("A server that always refers one label further: " + net.asked.size() + " messages");
    assertThat(net.asked.size()).isLessThanOrEqualTo(100);
  }

  @Test
  void aServerThatAnswersEachAliasWithANewOneEnds() {
    int[] number = {0};
    net.server("example").does((asked, honest, replies) -> {
      Message message = VirtualInternet.message(honest);
      VirtualInternet.clear(message);
      message.getHeader().setFlag(Flags.AA);
      message.getHeader().setRcode(0);
      message.addRecord(VirtualInternet.record(asked.query().getQuestion().getName() + " 60 CNAME n" + number[0]++
          + (number[0] % 2 == 0 ? ".other.org." : ".example.lab.")), Section.ANSWER);
      replies.accept(message.toWire());
    });
    assertThat(bench.ask("www.example.lab", "A").reason()).isIn(Reason.ALIAS_LOOP, Reason.NAME_NOT_FOUND);
    assertThat(net.asked.size()).isLessThanOrEqualTo(100);
  }

  @Test
  void tenThousandNamesAtOnceStayWithinTheMostQuestions() {
    bench.limits = new WorkLimits(100, 512, 20, false);
    net.server("example").silent();
    List<Asking> all = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      all.add(bench.start("n" + i + ".example.lab", "A"));
    }
    assertThat(bench.resolutions().outstanding()).isLessThanOrEqualTo(513);
    bench.pass(Duration.ofSeconds(1));
    assertThat(net.open).as("ports").isLessThanOrEqualTo(2 * 513);
    all.forEach(bench::await);
    bench.cache().clear();
    net.server("example").honest();
    bench.pass(Duration.ofMinutes(10));
    assertThat(bench.records("www.example.lab", "A")).hasSize(1);
    assertThat(bench.cache().set(WalkBench.name("www.example.lab"), Type.A)).isNotNull();
  }
}
