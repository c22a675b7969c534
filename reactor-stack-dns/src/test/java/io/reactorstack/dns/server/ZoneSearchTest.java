package io.reactorstack.dns.server;

import static io.reactorstack.dns.server.ServerBench.addresses;
import static io.reactorstack.dns.server.ServerBench.edns;
import static io.reactorstack.dns.server.ServerBench.query;
import static io.reactorstack.dns.server.ServerBench.records;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.record.RecordData;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Responses that more than one set of records makes: aliases, redirections, referrals and additional addresses. */
class ZoneSearchTest {

  private static final String LONG = ("a".repeat(63) + ".").repeat(3);
  private static final RecordData DIGEST = RecordData.Other.of(new byte[] {0, 1, 13, 2, 5});

  private static final Zone LAB = Zone.of("lab")
      .record("@", RecordType.SOA, new RecordData.Soa("ns.lab", "me.lab", 1, 2, 3, 4, 20))
      .nameServer("ns")
      .address("ns", addresses("10.0.0.1"))
      .address("www.new", addresses("10.0.0.3"))
      .timeToLive(ServerBench.seconds(7))
      .dname("old", "new")
      .timeToLive(ServerBench.seconds(60))
      .dname("away", "elsewhere.test.")
      .dname("moved", "in.other.")
      .dname("long", LONG + "lab.")
      .dname("ring", "x.ring")
      .alias("chain", "web.old")
      .alias("web.new", "www.new")
      .alias("lost", "none.new")
      .alias("empty", "www.new")
      .alias("child", "www.sub")
      .alias("*.wild", "www.new")
      .mail("mail", 10, "www.new")
      .mail("mail", 20, "mx.elsewhere.test.")
      .mail("mail", 30, "mx.many")
      .address("*.many", addresses("10.0.0.9", "2001:db8::9"))
      .service("_s._tcp", 0, 0, 1, "ns.sub")
      .delegate("sub", "ns.sub", addresses("10.0.0.4", "2001:db8::4"))
      .delegate("peer", "ns.peer", addresses("10.0.0.5"))
      .delegate("sub", "ns.peer")
      .delegate("sub", "ns.elsewhere.test.")
      .record("sub", RecordType.DS, DIGEST);

  private final ServerBench server = new ServerBench(LAB, Zone.of("in.other").address("a", addresses("10.0.0.6")));

  private static final String SOA = "lab. 20 SOA ns.lab. me.lab. 1 2 3 4 20";

  private static boolean hasAuthority(Message answer) {
    return answer.getHeader().getFlag(Flags.AA);
  }

  private static boolean isTruncated(Message answer) {
    return answer.getHeader().getFlag(Flags.TC);
  }

  private void expect(String name, int type, int rcode, List<String> answer, String... authority) {
    Message response = server.ask(name, type);
    assertThat(Rcode.string(response.getRcode())).as(name).isEqualTo(Rcode.string(rcode));
    assertThat(records(response, Section.ANSWER)).as(name).containsExactlyInAnyOrderElementsOf(answer);
    assertThat(records(response, Section.AUTHORITY)).as(name).containsExactlyInAnyOrder(authority);
    assertThat(hasAuthority(response)).as(name).isTrue();
  }

  @Test
  void theSoaOfNegativeAnswersLivesForTheLowerOfTwoTimes() {
    expect("none.lab.", Type.A, Rcode.NXDOMAIN, List.of(), SOA);
    expect("ns.lab.", Type.TXT, Rcode.NOERROR, List.of(), SOA);
    expect("lab.", Type.SOA, Rcode.NOERROR, List.of("lab. 60 SOA ns.lab. me.lab. 1 2 3 4 20"));
    ServerBench brief = new ServerBench(Zone.of("lab").timeToLive(ServerBench.seconds(5))
        .record("@", RecordType.SOA, new RecordData.Soa("ns.lab", "me.lab", 1, 2, 3, 4, 20)));
    assertThat(records(brief.ask("none.lab.", Type.A), Section.AUTHORITY))
        .containsExactly("lab. 5 SOA ns.lab. me.lab. 1 2 3 4 20");
  }

  @Test
  void aRedirectionIsSentWithASynthesizedAlias() {
    expect("www.old.lab.", Type.A, Rcode.NOERROR, List.of("old.lab. 7 DNAME new.lab.",
        "www.old.lab. 7 CNAME www.new.lab.", "www.new.lab. 60 A 10.0.0.3"));
    expect("www.old.lab.", Type.CNAME, Rcode.NOERROR,
        List.of("old.lab. 7 DNAME new.lab.", "www.old.lab. 7 CNAME www.new.lab."));
    expect("old.lab.", Type.DNAME, Rcode.NOERROR, List.of("old.lab. 7 DNAME new.lab."));
    expect("old.lab.", Type.A, Rcode.NOERROR, List.of(), SOA);
    expect("x.y.away.lab.", Type.A, Rcode.NOERROR,
        List.of("away.lab. 60 DNAME elsewhere.test.", "x.y.away.lab. 60 CNAME x.y.elsewhere.test."));
    expect("none.old.lab.", Type.A, Rcode.NXDOMAIN,
        List.of("old.lab. 7 DNAME new.lab.", "none.old.lab. 7 CNAME none.new.lab."), SOA);
  }

  @Test
  void aRedirectionToATooLongNameIsAnError() {
    expect("bbb.long.lab.", Type.A, Rcode.NXDOMAIN, List.of("long.lab. 60 DNAME " + LONG + "lab.",
        "bbb.long.lab. 60 CNAME bbb." + LONG + "lab."), SOA);
    String label = "b".repeat(60);
    expect(label + ".long.lab.", Type.A, Rcode.YXDOMAIN, List.of("long.lab. 60 DNAME " + LONG + "lab."));
  }

  @Test
  void redirectionsAreFollowedBetweenServedZonesAndEnd() {
    expect("a.moved.lab.", Type.A, Rcode.NOERROR, List.of("moved.lab. 60 DNAME in.other.",
        "a.moved.lab. 60 CNAME a.in.other.", "a.in.other. 60 A 10.0.0.6"));
    expect("b.moved.lab.", Type.A, Rcode.NXDOMAIN, List.of("moved.lab. 60 DNAME in.other.",
        "b.moved.lab. 60 CNAME b.in.other."), "in.other. 30 SOA ns.in.other. hostmaster.in.other. 1 3600 600 86400 30");
    Message ring = server.askOverTcp(query("a.ring.lab.", Type.A));
    assertThat(ring.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(records(ring, Section.ANSWER)).as("an alias for each of 17 searches").hasSize(18);
    assertThat(records(ring, Section.ANSWER)).filteredOn(r -> r.contains("DNAME")).hasSize(1);
  }

  @Test
  void theResponseCodeIsThatOfTheLastName() {
    expect("chain.lab.", Type.A, Rcode.NOERROR, List.of("chain.lab. 60 CNAME web.old.lab.",
        "old.lab. 7 DNAME new.lab.", "web.old.lab. 7 CNAME web.new.lab.", "web.new.lab. 60 CNAME www.new.lab.",
        "www.new.lab. 60 A 10.0.0.3"));
    expect("lost.lab.", Type.A, Rcode.NXDOMAIN, List.of("lost.lab. 60 CNAME none.new.lab."), SOA);
    expect("empty.lab.", Type.TXT, Rcode.NOERROR, List.of("empty.lab. 60 CNAME www.new.lab."), SOA);
    expect("x.wild.lab.", Type.A, Rcode.NOERROR,
        List.of("x.wild.lab. 60 CNAME www.new.lab.", "www.new.lab. 60 A 10.0.0.3"));
  }

  @Test
  @Requirement({"RFC1034-4.3.1-01", "RFC1034-4.3.1-02"})
  void aDelegatedNameIsReferredToItsServers() {
    for (String name : List.of("sub.lab.", "a.b.sub.lab.", "ns.sub.lab.", "*.sub.lab.")) {
      Message answer = server.ask(edns(name, Type.A, 1232));
      assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
      assertThat(hasAuthority(answer)).as(name).isFalse();
      assertThat(answer.getHeader().getFlag(Flags.RA)).isFalse();
      assertThat(records(answer, Section.ANSWER)).as(name).isEmpty();
      assertThat(records(answer, Section.AUTHORITY)).as(name).containsExactly("sub.lab. 60 NS ns.elsewhere.test.",
          "sub.lab. 60 NS ns.peer.lab.", "sub.lab. 60 NS ns.sub.lab.");
      assertThat(records(answer, Section.ADDITIONAL)).as(name).containsExactly("ns.peer.lab. 60 A 10.0.0.5",
          "ns.sub.lab. 60 A 10.0.0.4", "ns.sub.lab. 60 AAAA 2001:db8:0:0:0:0:0:4");
    }
    assertThat(records(server.ask("sub.lab.", Type.NS), Section.ANSWER)).as("the parent has no authority").isEmpty();
    Message alias = server.ask("child.lab.", Type.A);
    assertThat(hasAuthority(alias)).as("over the alias").isTrue();
    assertThat(records(alias, Section.AUTHORITY)).hasSize(3);
  }

  @Test
  void theParentAnswersForTheDigestOfADelegatedZone() {
    expect("sub.lab.", Type.DS, Rcode.NOERROR, List.of("sub.lab. 60 DS 1 13 2 05"));
    expect("peer.lab.", Type.DS, Rcode.NOERROR, List.of(), SOA);
    assertThat(hasAuthority(server.ask("x.sub.lab.", Type.DS))).as("below the cut").isFalse();
    ServerBench both = new ServerBench(Zone.of("sub.lab"), LAB);
    assertThat(records(both.ask("sub.lab.", Type.DS), Section.ANSWER)).as("the child is served too").hasSize(1);
    assertThat(hasAuthority(both.ask("sub.lab.", Type.A))).isTrue();
    Message child = new ServerBench(Zone.of("sub.lab")).ask("sub.lab.", Type.DS);
    assertThat(records(child, Section.AUTHORITY)).as("no parent is served").hasSize(1).first().asString()
        .startsWith("sub.lab. 30 SOA");
  }

  @Test
  void answersHaveTheAddressesOfTheirTargets() {
    assertThat(records(server.ask("mail.lab.", Type.MX), Section.ADDITIONAL)).containsExactly(
        "mx.many.lab. 60 A 10.0.0.9", "mx.many.lab. 60 AAAA 2001:db8:0:0:0:0:0:9", "www.new.lab. 60 A 10.0.0.3");
    assertThat(records(server.ask("_s._tcp.lab.", Type.SRV), Section.ADDITIONAL)).containsExactly(
        "ns.sub.lab. 60 A 10.0.0.4", "ns.sub.lab. 60 AAAA 2001:db8:0:0:0:0:0:4");
    assertThat(records(server.ask("lab.", Type.NS), Section.ADDITIONAL)).containsExactly("ns.lab. 60 A 10.0.0.1");
    assertThat(server.ask("ns.lab.", Type.A).getSection(Section.ADDITIONAL)).isEmpty();
  }

  @Test
  void aQueryForAllTypesGetsOneSetOverUdp() {
    ServerBench all = new ServerBench(Zone.of("lab").address("www", addresses("10.0.0.1", "10.0.0.2", "2001:db8::1"))
        .text("www", "x").alias("web", "www"));
    assertThat(records(all.ask("www.lab.", Type.ANY), Section.ANSWER))
        .containsExactly("www.lab. 60 A 10.0.0.1", "www.lab. 60 A 10.0.0.2");
    assertThat(records(all.askOverTcp(query("www.lab.", Type.ANY)), Section.ANSWER)).hasSize(4);
    assertThat(records(all.ask("web.lab.", Type.ANY), Section.ANSWER)).containsExactly("web.lab. 60 CNAME www.lab.");
    assertThat(all.ask("none.lab.", Type.ANY).getRcode()).isEqualTo(Rcode.NXDOMAIN);
  }

  private static Zone wide(int glue, int siblings) {
    return Zone.of("lab")
        .delegate("sub", "ns.sub", many("10.1.0.", glue))
        .delegate("peer", "ns.peer", many("10.2.0.", siblings))
        .delegate("sub", "ns.peer");
  }

  private static IpAddress[] many(String prefix, int count) {
    return addresses(IntStream.range(0, count).mapToObj(i -> prefix + i).toArray(String[]::new));
  }

  @Test
  @Requirement("RFC2181-9-01")
  void onlyMissingGlueMarksAReferralAsTruncated() {
    Message fits = new ServerBench(wide(20, 1)).ask("x.sub.lab.", Type.A);
    assertThat(isTruncated(fits)).isFalse();
    assertThat(records(fits, Section.ADDITIONAL)).hasSize(21);
    Message sibling = new ServerBench(wide(1, 60)).ask("x.sub.lab.", Type.A);
    assertThat(isTruncated(sibling)).as("RFC 9471 section 3.2: addresses of other servers may be missing").isFalse();
    assertThat(records(sibling, Section.ADDITIONAL)).containsExactly("ns.sub.lab. 60 A 10.1.0.0");
    ServerBench wide = new ServerBench(wide(60, 1));
    Message needed = wide.ask("x.sub.lab.", Type.A);
    assertThat(isTruncated(needed)).as("RFC 9471 section 3.1").isTrue();
    assertThat(records(needed, Section.AUTHORITY)).hasSize(2);
    assertThat(isTruncated(wide.ask(edns("x.sub.lab.", Type.A, 1232)))).as("60 addresses fit").isFalse();
    assertThat(isTruncated(wide.askOverTcp(query("x.sub.lab.", Type.A)))).isFalse();
    Message optional = new ServerBench(Zone.of("lab").mail("@", 1, "mx").address("mx", many("10.3.0.", 60)))
        .ask("lab.", Type.MX);
    assertThat(isTruncated(optional)).as("additional addresses of an answer may be missing").isFalse();
    assertThat(records(optional, Section.ANSWER)).hasSize(1);
  }

  @Test
  void aNameErrorInsideADelegatedZoneIsNotKnown() {
    ServerBench wild = new ServerBench(Zone.of("lab").address("*", addresses("10.0.0.8"))
        .delegate("sub", "ns.elsewhere.test.").delegate("*.cut", "ns.elsewhere.test."));
    assertThat(records(wild.ask("x.sub.lab.", Type.A), Section.ANSWER)).as("the wildcard ends at the cut").isEmpty();
    assertThat(records(wild.ask("x.lab.", Type.A), Section.ANSWER)).hasSize(1);
    Message cut = wild.ask("x.cut.lab.", Type.NS);
    assertThat(records(cut, Section.ANSWER)).as("a delegation is not synthesized").isEmpty();
    assertThat(hasAuthority(cut)).isTrue();
    assertThat(hasAuthority(wild.ask("*.cut.lab.", Type.A))).as("the name with the asterisk is delegated").isFalse();
  }
}
