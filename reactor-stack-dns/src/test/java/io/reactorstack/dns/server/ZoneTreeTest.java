package io.reactorstack.dns.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.dns.server.ZoneTree.Answer;
import io.reactorstack.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** Tests wildcards and empty non-terminals, with the example zone of RFC 4592 section 2.2.1 and further zones. */
class ZoneTreeTest {

  private static Name name(String text) {
    return Name.fromConstantString(text);
  }

  private static Record a(String owner, String address) {
    return new ARecord(name(owner), DClass.IN, 3600, IpAddress.parse(address).toInetAddress());
  }

  private static Record ns(String owner, String server) {
    return new NSRecord(name(owner), DClass.IN, 3600, name(server));
  }

  private static Record srv(String owner) {
    return new SRVRecord(name(owner), DClass.IN, 3600, 0, 0, 22, name("host1.example."));
  }

  private static ZoneTree tree(String origin, Record... records) {
    Name o = name(origin);
    return new ZoneTree(o, new SOARecord(o, DClass.IN, 3600, o, o, 1, 1, 1, 1, 1), List.of(records));
  }

  /** The zone of RFC 4592 section 2.2.1, unchanged. */
  private static final ZoneTree EXAMPLE = tree("example.",
      ns("example.", "ns.example.com."),
      ns("example.", "ns.example.net."),
      new TXTRecord(name("*.example."), DClass.IN, 3600, "this is a wildcard"),
      new MXRecord(name("*.example."), DClass.IN, 3600, 10, name("host1.example.")),
      new TXTRecord(name("sub.*.example."), DClass.IN, 3600, "this is not a wildcard"),
      a("host1.example.", "192.0.2.1"),
      srv("_ssh._tcp.host1.example."),
      srv("_ssh._tcp.host2.example."),
      ns("subdel.example.", "ns.example.com."),
      ns("subdel.example.", "ns.example.net."));

  @ParameterizedTest
  @CsvSource({
      // The responses that RFC 4592 lists as synthesized ...
      "host3.example., MX, host3.example. 3600 IN MX 10 host1.example.",
      "host3.example., A, no data",
      "foo.bar.example., TXT, foo.bar.example. 3600 IN TXT this is a wildcard",
      // ... and those that it lists as not synthesized.
      "host1.example., MX, no data",
      "sub.*.example., MX, no data",
      "_telnet._tcp.host1.example., SRV, name error",
      "host.subdel.example., A, referral",
      "ghost.*.example., MX, name error",
      // Further consequences of section 2.2: empty non-terminals, the wildcard itself, and names of any length.
      "_tcp.host1.example., SRV, no data",
      "host2.example., MX, no data",
      "_tcp.host2.example., TXT, no data",
      "x.host2.example., MX, name error",
      "x.host1.example., TXT, name error",
      "*.example., TXT, *.example. 3600 IN TXT this is a wildcard",
      "*.example., A, no data",
      "sub.*.example., TXT, sub.*.example. 3600 IN TXT this is not a wildcard",
      "a.b.c.d.e.example., MX, a.b.c.d.e.example. 3600 IN MX 10 host1.example.",
      "*.x.example., TXT, *.x.example. 3600 IN TXT this is a wildcard",
      "HOST3.Example., MX, HOST3.Example. 3600 IN MX 10 host1.example.",
      "HOST1.EXAMPLE., A, host1.example. 3600 IN A 192.0.2.1",
      "subdel.example., TXT, referral",
      "*.subdel.example., TXT, referral",
      "example., MX, no data"})
  void answersTheExampleZoneOfRfc4592(String name, String type, String expected) {
    assertThat(text(EXAMPLE.find(name(name), Type.value(type)))).isEqualTo(expected);
  }

  private static String text(Answer answer) {
    return switch (answer) {
      case Answer.Records(var records) -> String.join(" + ", records.stream()
          .map(r -> r.toString().replaceAll("\\s+", " ").replace("\"", "")).toList());
      case Answer.Alias(var alias) -> alias.getName() + " -> " + alias.getTarget();
      case Answer.Redirection(var dname, var alias) -> dname.getName() + " -> " + dname.getTarget() + " + "
          + (alias == null ? "too long" : alias.getName() + " " + alias.getTTL() + " -> " + alias.getTarget());
      case Answer.NoData none -> "no data";
      case Answer.NameError none -> "name error";
      case Answer.Referral referral -> "referral";
    };
  }

  @Test
  void usesOnlyTheWildcardBelowTheClosestEncloser() {
    ZoneTree tree = tree("lab.", a("*.lab.", "10.0.0.1"), a("*.b.a.lab.", "10.0.0.2"), a("c.b.a.lab.", "10.0.0.3"));
    assertThat(text(tree.find(name("x.lab."), Type.A))).endsWith("10.0.0.1");
    assertThat(text(tree.find(name("x.y.b.a.lab."), Type.A))).endsWith("10.0.0.2");
    assertThat(text(tree.find(name("x.a.lab."), Type.A))).as("a.lab exists, and has no wildcard")
        .isEqualTo("name error");
    assertThat(text(tree.find(name("x.c.b.a.lab."), Type.A))).isEqualTo("name error");
    assertThat(text(tree.find(name("b.a.lab."), Type.A))).as("b.a.lab is an empty non-terminal").isEqualTo("no data");
  }

  @Test
  void aWildcardThatIsAnEmptyNonTerminalHasNoData() {
    ZoneTree tree = tree("lab.", a("x.*.lab.", "10.0.0.1"));
    assertThat(text(tree.find(name("any.lab."), Type.A))).as("RFC 4592 section 4.7: *.lab exists").isEqualTo("no data");
  }

  @Test
  void aWildcardAliasIsSynthesizedToo() {
    ZoneTree tree = tree("lab.", new CNAMERecord(name("*.lab."), DClass.IN, 60, name("www.lab.")));
    assertThat(text(tree.find(name("x.y.lab."), Type.A))).isEqualTo("x.y.lab. -> www.lab.");
    assertThat(text(tree.find(name("x.y.lab."), Type.DNAME))).isEqualTo("x.y.lab. -> www.lab.");
    assertThat(text(tree.find(name("x.y.lab."), Type.CNAME))).isEqualTo("x.y.lab. 60 IN CNAME www.lab.");
  }

  @Test
  void anAsteriskInsideALabelIsNotAWildcard() {
    ZoneTree tree = tree("lab.", a("*a.lab.", "10.0.0.1"), a("www.*.org.lab.", "10.0.0.2"));
    assertThat(text(tree.find(name("xa.lab."), Type.A))).isEqualTo("name error");
    assertThat(text(tree.find(name("*a.lab."), Type.A))).endsWith("10.0.0.1");
    assertThat(text(tree.find(name("www.x.org.lab."), Type.A))).isEqualTo("no data");
  }

  @Test
  void answersNamesOfMaximumLength() {
    String label = "a".repeat(61);
    String longest = (label + ".").repeat(3) + "a".repeat(59) + ".lab.";
    ZoneTree wild = tree("lab.", a("*.lab.", "10.0.0.1"));
    assertThat(text(wild.find(name(longest), Type.A))).endsWith("10.0.0.1");
    ZoneTree deep = tree("lab.", a(longest, "10.0.0.1"));
    assertThat(text(deep.find(name(longest), Type.A))).endsWith("10.0.0.1");
  }

  @Test
  void theServerSendsAnswersFromWildcards() {
    ServerBench zones = new ServerBench(Zone.of("lab")
        .address("*.wild", IpAddress.parse("10.0.0.1"), IpAddress.parse("2001:db8::1"))
        .address("a.b.wild", IpAddress.parse("10.0.0.2"))
        .alias("*.alias", "x.y.wild"));
    assertThat(sections(zones, "x.y.wild.lab.", Type.A)).containsExactly("x.y.wild.lab. A 10.0.0.1");
    assertThat(sections(zones, "x.wild.lab.", Type.AAAA)).containsExactly("x.wild.lab. AAAA 2001:db8:0:0:0:0:0:1");
    assertThat(sections(zones, "z.alias.lab.", Type.A))
        .containsExactly("z.alias.lab. CNAME x.y.wild.lab.", "x.y.wild.lab. A 10.0.0.1");
    assertThat(sections(zones, "b.wild.lab.", Type.A)).as("b.wild is an empty non-terminal").containsExactly("NOERROR");
    assertThat(sections(zones, "x.b.wild.lab.", Type.A)).containsExactly("NXDOMAIN");
    assertThat(sections(zones, "x.y.wild.lab.", Type.ANY)).as("RFC 8482").containsExactly("x.y.wild.lab. A 10.0.0.1");
  }

  private static List<String> sections(ServerBench zones, String name, int type) {
    Message answer = zones.ask(name, type);
    assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
    List<String> records = new ArrayList<>();
    answer.getSection(Section.ANSWER)
        .forEach(r -> records.add(r.getName() + " " + Type.string(r.getType()) + " " + r.rdataToString()));
    if (records.isEmpty()) {
      assertThat(answer.getSection(Section.AUTHORITY)).hasSize(1).first().isInstanceOf(SOARecord.class);
      records.add(Rcode.string(answer.getRcode()));
    }
    return records;
  }

  @Test
  void aRedirectionAppliesToAllNamesBelowItsOwner() {
    ZoneTree tree = tree("lab.", dname("d.lab.", "t.test."), a("d.lab.", "10.0.0.1"), a("*.lab.", "10.0.0.2"),
        dname("*.w.lab.", "t.test."));
    assertThat(text(tree.find(name("d.lab."), Type.A))).endsWith("10.0.0.1");
    assertThat(text(tree.find(name("d.lab."), Type.DNAME))).isEqualTo("d.lab. 60 IN DNAME t.test.");
    assertThat(text(tree.find(name("x.y.d.lab."), Type.A)))
        .isEqualTo("d.lab. -> t.test. + x.y.d.lab. 60 -> x.y.t.test.");
    assertThat(text(tree.find(name("*.d.lab."), Type.DNAME))).isEqualTo("d.lab. -> t.test. + *.d.lab. 60 -> *.t.test.");
    assertThat(text(tree.find(name("x.w.lab."), Type.A))).as("RFC 4592 section 4.4").isEqualTo("no data");
    assertThat(text(tree.find(name("x.w.lab."), Type.DNAME))).isEqualTo("no data");
    ZoneTree moved = tree("lab.", dname("lab.", "test."));
    assertThat(text(moved.find(name("x.lab."), Type.A))).isEqualTo("lab. -> test. + x.lab. 60 -> x.test.");
    assertThat(text(moved.find(name("lab."), Type.SOA))).as("the origin itself is not redirected").contains("SOA");
  }

  @Test
  void aCutComesBeforeARedirectionAboveItsChild() {
    ZoneTree tree = tree("lab.", ns("sub.lab.", "ns.test."), dname("x.sub.lab.", "t.test."));
    assertThat(text(tree.find(name("y.x.sub.lab."), Type.A))).isEqualTo("referral");
    assertThat(text(tree.find(name("sub.lab."), Type.DS))).isEqualTo("no data");
    assertThat(text(tree.find(name("x.sub.lab."), Type.DS))).isEqualTo("referral");
  }

  @Test
  void signaturesOfSeveralTypesAreOneSet() {
    Record covering = Record.newRecord(name("www.lab."), Type.RRSIG, DClass.IN, 60, signature(Type.A));
    Record another = Record.newRecord(name("www.lab."), Type.RRSIG, DClass.IN, 60, signature(Type.TXT));
    ZoneTree tree = tree("lab.", covering, another);
    assertThat(tree.find(name("www.lab."), Type.RRSIG)).isInstanceOfSatisfying(Answer.Records.class,
        answer -> assertThat(answer.records()).hasSize(2));
  }

  private static byte[] signature(int covered) {
    byte[] data = new byte[18 + 1 + 4];
    data[1] = (byte) covered;
    return data;
  }

  private static Record dname(String owner, String target) {
    return new DNAMERecord(name(owner), DClass.IN, 60, name(target));
  }

  @Test
  void theOrderOfASetRotates() {
    ZoneTree tree = tree("lab.", a("www.lab.", "10.0.0.1"), a("www.lab.", "10.0.0.2"), a("www.lab.", "10.0.0.3"));
    List<String> first = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      first.add(((Answer.Records) tree.find(name("www.lab."), Type.A)).records().getFirst().rdataToString());
    }
    assertThat(first).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1");
  }

  @Test
  void aReferralContainsTheServersAndTheirAddresses() {
    ZoneTree tree = tree("lab.", ns("sub.lab.", "ns.sub.lab."), a("ns.sub.lab.", "10.0.0.9"));
    assertThat(tree.find(name("www.sub.lab."), Type.A)).isInstanceOfSatisfying(Answer.Referral.class, referral -> {
      assertThat(referral.servers()).hasSize(1);
      assertThat(referral.glue()).containsExactly(a("ns.sub.lab.", "10.0.0.9"));
    });
  }

  @Test
  void aNameOutsideTheZoneIsRejected() {
    IpAddress address = IpAddress.parse("10.0.0.1");
    assertThatThrownBy(() -> Zone.of("example.lab").address("www.elsewhere.test.", address))
        .isInstanceOf(IllegalArgumentException.class).hasMessage("www.elsewhere.test. is not in the zone example.lab.");
    assertThatThrownBy(() -> Zone.of("example.lab").alias("www.elsewhere.test.", "x"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
