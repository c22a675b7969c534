package io.reactorstack.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.cache.Trust;
import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Tests which parts of a response an iterative resolver believes and keeps. */
class BeliefTest {

  private final WalkBench bench = WalkBench.small();
  private final VirtualInternet net = bench.net;

  @AfterEach
  void nothingIsLeft() {
    bench.checkIdle();
  }

  private static void add(Message message, int section, String line) {
    message.addRecord(VirtualInternet.record(line), section);
  }

  @Test
  @Requirement({"RFC1034-5.3.3-05", "RFC1034-5.3.3-06"})
  void aReferralThatLeadsNoCloserShowsALameServer() {
    String[] referrals = {
        "lab. 60 NS ns.evil.lab.", // to the zone above
        ". 60 NS ns.evil.lab.", // to the root
        "example.lab. 60 NS ns.evil.lab.", // to the zone itself
        "other.lab. 60 NS ns.evil.lab.", // to another branch
        "a.www.example.lab. 60 NS ns.evil.lab.", // below the name
    };
    net.server("evil", "10.6.6.6").zone("lab", "@ NS ns.evil", "ns.evil A 10.6.6.6", "www.example A 6.6.6.6");
    for (String referral : referrals) {
      bench.ask("ns.example.lab", "A");
      net.server("example").lies(message -> {
        VirtualInternet.clear(message);
        add(message, Section.AUTHORITY, referral);
        add(message, Section.ADDITIONAL, "ns.evil.lab. 60 A 10.6.6.6");
      });
      assertThat(bench.reason("www.example.lab", "A")).as(referral).isEqualTo(Reason.SERVER_FAILURE);
      assertThat(net.count("evil")).as(referral).isZero();
      net.server("example").honest();
      bench.pass(Duration.ofHours(2));
      assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab A 10.9.0.1");
      bench.cache().clear();
    }
  }

  @Test
  @Requirement("RFC1034-5.3.3-07")
  void serversAndTheirAddressesAreKeptFromAReferral() {
    net.server("example").silent();
    bench.reason("www.example.lab", "A");
    assertThat(bench.cache().set(WalkBench.name("example.lab"), Type.NS).trust()).isEqualTo(Trust.REFERRAL);
    assertThat(bench.cache().set(WalkBench.name("ns.example.lab"), Type.A).trust()).isEqualTo(Trust.REFERRAL);
    bench.example("mail A 10.9.0.9");
    net.server("example").honest();
    bench.pass(Duration.ofMinutes(1));
    net.queries();
    assertThat(bench.records("mail.example.lab", "A")).hasSize(1);
    assertThat(net.queries()).containsExactly("example mail.example.lab A");
  }

  @Test
  @Requirement("RFC2181-5.4.1-02")
  void glueIsNoAnswerAndIsReplacedByOne() {
    bench.ask("www.example.lab", "A");
    net.queries();
    net.server("lab").zone("lab", "@ NS ns", "ns A " + WalkBench.LAB, "ns A 10.0.1.7");
    assertThat(bench.records("ns.lab", "A")).hasSize(2);
    assertThat(net.queries()).as("the glue of the root is not the answer").containsExactly("lab ns.lab A");
    assertThat(bench.cache().set(WalkBench.name("ns.lab"), Type.A).trust()).isEqualTo(Trust.AUTHORITATIVE);
  }

  @Test
  void glueOfOtherZonesIsNeitherUsedNorKept() {
    net.server("lab").lies(asked -> asked.name().contains("example"), message -> {
      VirtualInternet.clear(message);
      add(message, Section.AUTHORITY, "example.lab. 60 NS ns.other.org.");
      add(message, Section.ADDITIONAL, "ns.other.org. 60 A 10.6.6.6");
    });
    net.server("evil", "10.6.6.6").zone("example.lab", "@ NS ns", "ns A 10.6.6.6", "www A 6.6.6.6");
    net.server("other").zone("example.lab", "@ NS ns.other.org.", "www A 10.9.0.7");
    assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab A 10.9.0.7");
    assertThat(net.count("evil")).isZero();
    assertThat(bench.records("ns.other.org", "A")).containsExactly("ns.other.org A " + WalkBench.OTHER);
  }

  @Test
  void recordsOfOtherZonesAreNeitherUsedNorKept() {
    List<String> poison = List.of("www.other.org. 60 A 6.6.6.6", "other.org. 60 NS ns.evil.lab.",
        "org. 60 NS ns.evil.lab.", ". 60 NS ns.evil.lab.", "lab. 60 NS ns.evil.lab.", "www.lab. 60 A 6.6.6.6",
        "www.other.org. 60 CNAME ns.evil.lab.", "org. 60 DNAME evil.lab.", "lab. 60 DNAME evil.lab.");
    for (int section : new int[] {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL}) {
      bench.ask("www.example.lab", "A");
      bench.cache().remove(WalkBench.name("www.example.lab"));
      net.server("example").lies(message -> {
        poison.forEach(line -> add(message, section, line));
        add(message, Section.ADDITIONAL, "ns.evil.lab. 60 A 10.6.6.6");
      });
      bench.ask("none.example.lab", "A");
      bench.ask("example.lab", "ANY");
      bench.ask("example.lab", "TXT");
      assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab A 10.9.0.1");
      assertThat(bench.records("www.other.org", "A")).containsExactly("www.other.org A 10.9.0.2");
      assertThat(bench.records("other.org", "NS")).containsExactly("other.org NS ns.other.org.");
      assertThat(bench.records("org", "NS")).containsExactly("org NS ns.org.");
      assertThat(bench.records("lab", "NS")).containsExactly("lab NS ns.lab.");
      assertThat(bench.records(".", "NS")).containsExactly(". NS ns.root.");
      assertThat(bench.reason("www.lab", "A")).isEqualTo(Reason.NAME_NOT_FOUND);
      assertThat(bench.cache().sets()).noneMatch(set -> set.records().toString().contains("evil"));
      bench.cache().clear();
    }
  }

  @Test
  void recordsOfTheSameZoneThatWereNotAskedForAreNotKept() {
    net.server("example").lies(message -> {
      add(message, Section.ANSWER, "bank.example.lab. 60 A 6.6.6.6");
      add(message, Section.ADDITIONAL, "bank.example.lab. 60 A 6.6.6.6");
      add(message, Section.AUTHORITY, "bank.example.lab. 60 A 6.6.6.6");
    });
    bench.ask("www.example.lab", "A");
    assertThat(bench.cache().set(WalkBench.name("bank.example.lab"), Type.A)).isNull();
  }

  @Test
  @Requirement("RFC2181-5.4.1-03")
  void whatFollowsAnAliasIsKeptWithLessTrustThanTheAliasItself() {
    bench.example("www CNAME web", "web A 10.9.0.3");
    assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab CNAME web.example.lab.",
        "web.example.lab A 10.9.0.3");
    assertThat(bench.cache().set(WalkBench.name("www.example.lab"), Type.CNAME).trust()).isEqualTo(Trust.AUTHORITATIVE);
    assertThat(bench.cache().set(WalkBench.name("web.example.lab"), Type.A).trust()).isEqualTo(Trust.ANSWER);
    net.queries();
    assertThat(bench.records("web.example.lab", "A")).hasSize(1);
    assertThat(net.queries()).as("it may be used").isEmpty();
  }

  @Test
  void anAnswerWithoutAuthorityShowsALameServer() {
    net.server("example").lies(message -> message.getHeader().unsetFlag(Flags.AA));
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(bench.cache().set(WalkBench.name("www.example.lab"), Type.A)).isNull();
  }

  @Test
  @Requirement("RFC1034-3.6.2-01")
  void aNameWithAnAliasAndOtherDataIsAnAlias() {
    bench.example("www A 10.9.0.1", "web A 10.9.0.3");
    net.server("example").lies(asked -> asked.isFor("www.example.lab", "A"), message -> {
      add(message, Section.ANSWER, "www.example.lab. 60 CNAME web.example.lab.");
    });
    assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab CNAME web.example.lab.",
        "web.example.lab A 10.9.0.3");
    assertThat(bench.cache().set(WalkBench.name("www.example.lab"), Type.A)).isNull();
  }

  @Test
  void repeatedRecordsAreOneRecord() {
    net.server("example").lies(asked -> asked.name().startsWith("www"), message -> {
      add(message, Section.ANSWER, "www.example.lab. 9 A 10.9.0.1");
      add(message, Section.ANSWER, "WWW.example.lab. 9 A 10.9.0.1");
    });
    assertThat(bench.records("www.example.lab", "A")).hasSize(1);
  }

  @Test
  void recordsOfAnotherClassAreNotUsed() {
    net.server("example").lies(message -> {
      Record chaos = Record.newRecord(Name.fromConstantString("www.example.lab."), Type.A, DClass.CH, 60,
          new byte[] {6, 6, 6, 6});
      message.addRecord(chaos, Section.ANSWER);
    });
    assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab A 10.9.0.1");
  }

  @Test
  @Requirement("RFC1034-A-01")
  void theRecordsOfAWildcardAreKeptForTheNameAskedForOnly() {
    bench.example("* A 10.9.0.4");
    assertThat(bench.records("one.example.lab", "A")).hasSize(1);
    net.queries();
    assertThat(bench.records("two.example.lab", "A")).hasSize(1);
    assertThat(net.queries()).containsExactly("example two.example.lab A");
    assertThat(bench.cache().set(WalkBench.name("*.example.lab"), Type.A)).isNull();
  }

  @Test
  @Requirement("RFC1035-7.4-01")
  void nothingIsKeptFromATruncatedResponse() {
    bench.exchange = bench.exchange.edns(false);
    net.server("example").lies(asked -> !asked.overTcp() && asked.name().startsWith("www"),
        message -> message.getHeader().setFlag(Flags.TC)).refusesConnections();
    assertThat(bench.ask("www.example.lab", "A").failure()).isNotNull();
    assertThat(bench.cache().set(WalkBench.name("www.example.lab"), Type.A)).isNull();
  }

  @Test
  void aNameErrorThatComesWithRecordsOfTheNameIsNotBelieved() {
    net.server("example").lies(asked -> asked.name().startsWith("www"), message -> message.getHeader()
        .setRcode(Rcode.NXDOMAIN));
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.SERVER_FAILURE);
  }

  @Test
  void theSoaOfAnotherZoneDoesNotMakeANameAbsentForLong() {
    net.server("example").lies(asked -> asked.name().startsWith("none"), message -> {
      message.removeAllRecords(Section.AUTHORITY);
      add(message, Section.AUTHORITY, "other.org. 86400 SOA ns.other.org. root.other.org. 1 1 1 1 86400");
    });
    assertThat(bench.reason("none.example.lab", "A")).isEqualTo(Reason.NAME_NOT_FOUND);
    net.queries();
    bench.ask("none.example.lab", "A");
    assertThat(net.queries()).as("it is asked again").isNotEmpty();
  }

  @Test
  void forgedResponsesAreIgnoredAndCounted() {
    net.server("example").does((asked, honest, replies) -> {
      Message forged = VirtualInternet.message(honest);
      forged.removeAllRecords(Section.ANSWER);
      add(forged, Section.ANSWER, asked.query().getQuestion().getName() + " 60 A 6.6.6.6");
      byte[] octets = forged.toWire();
      byte[] wrongId = octets.clone();
      wrongId[1] ^= 1;
      replies.accept(wrongId);
      byte[] wrongName = octets.clone();
      wrongName[13] ^= 1; // the first letter of the question
      replies.accept(wrongName);
      byte[] query = octets.clone();
      query[2] &= 0x7f;
      replies.accept(query);
      replies.accept(honest);
    });
    assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab A 10.9.0.1");
    assertThat(bench.drops.get(DnsDrop.WRONG_ID)).isEqualTo(1);
    assertThat(bench.drops.get(DnsDrop.WRONG_QUESTION)).isEqualTo(1);
    assertThat(bench.drops.get(DnsDrop.NOT_A_RESPONSE)).isEqualTo(1);
  }

  @Test
  @Requirement("RFC9520-3.1-02")
  void manyForgedResponsesCauseTheQuestionToBeAskedOverTcp() {
    net.server("example").does((asked, honest, replies) -> {
      for (int i = 0; i < 1000 && !asked.overTcp(); i++) {
        byte[] forged = honest.clone();
        forged[0] = (byte) (forged[0] + 1 + i % 200);
        replies.accept(forged);
      }
      if (asked.overTcp()) {
        replies.accept(honest);
      }
    });
    assertThat(bench.records("www.example.lab", "A")).hasSize(1);
    assertThat(net.queries()).endsWith("example www.example.lab A", "example www.example.lab A TCP");
  }

  @Test
  void theLetterCaseOfTheQuestionHasToComeBack() {
    bench.exchange = bench.exchange.randomCase(true);
    String name = "a-name-with-many-letters.example.lab";
    bench.example("a-name-with-many-letters A 10.9.0.1");
    net.server("example").does((asked, honest, replies) -> {
      if (!asked.overTcp()) {
        Message forged = VirtualInternet.message(honest);
        VirtualInternet.clear(forged);
        forged.getHeader().setFlag(Flags.AA);
        forged.removeAllRecords(Section.QUESTION);
        forged.addRecord(Record.newRecord(WalkBench.name(name), asked.query().getQuestion().getType(), DClass.IN),
            Section.QUESTION);
        add(forged, Section.ANSWER, name + ". 60 A 6.6.6.6");
        replies.accept(forged.toWire());
      }
      replies.accept(honest);
    });
    assertThat(bench.records(name, "A")).containsExactly(name + " A 10.9.0.1");
    assertThat(bench.drops.get(DnsDrop.WRONG_CASE)).isPositive();
  }
}
