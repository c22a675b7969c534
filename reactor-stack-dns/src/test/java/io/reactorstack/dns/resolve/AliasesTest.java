package io.reactorstack.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.testing.Requirement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;

/** Tests how an iterative resolver follows aliases through zones, from servers and from the cache. */
class AliasesTest {

  private final WalkBench bench = WalkBench.small();
  private final VirtualInternet net = bench.net;

  @AfterEach
  void nothingIsLeft() {
    bench.checkIdle();
  }

  private void other(String... records) {
    net.server("other").zone("other.org",
        WalkBench.lines(new String[] {"@ NS ns", "ns A " + WalkBench.OTHER}, records));
  }

  /** Returns a chain n0 → n1 → … of {@code aliases} CNAME records, in the zone itself; the last name has an address. */
  private static String[] chain(int aliases) {
    List<String> records = new ArrayList<>(IntStream.range(0, aliases)
        .mapToObj(i -> "n" + i + " CNAME n" + (i + 1)).toList());
    records.add("n" + aliases + " A 10.9.0.3");
    return records.toArray(String[]::new);
  }

  @Test
  void followsAnAliasIntoAnotherTld() {
    bench.example("www CNAME web.other.org.");
    other("web CNAME www", "www A 10.9.0.2");
    List<String> all = List.of("www.example.lab CNAME web.other.org.", "web.other.org CNAME www.other.org.",
        "www.other.org A 10.9.0.2");
    assertThat(bench.records("www.example.lab", "A")).isEqualTo(all);
    assertThat(net.queries()).endsWith("example www.example.lab A", "root org A", "org other.org A",
        "other web.other.org A");
    assertThat(bench.records("www.example.lab", "A")).as("from the cache").isEqualTo(all);
    assertThat(net.queries()).isEmpty();
  }

  @Test
  void whatAServerTellsAboutTheTargetInAnotherZoneIsNotUsed() {
    bench.example("www CNAME www.other.org.");
    net.server("example").zone("other.org", "@ NS ns.example.lab.", "www A 6.6.6.6");
    assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab CNAME www.other.org.",
        "www.other.org A 10.9.0.2");
  }

  @Test
  void aNameErrorAtTheEndOfAChainIsAboutTheLastName() {
    bench.example("www CNAME none.other.org.");
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.NAME_NOT_FOUND);
    net.queries();
    assertThat(bench.reason("none.other.org", "TXT")).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(bench.records("www.example.lab", "CNAME")).hasSize(1);
    assertThat(net.queries()).isEmpty();
  }

  @Test
  void aServerThatDeniesTheTargetInAnotherZoneIsNotBelieved() {
    bench.example("www CNAME www.other.org.");
    net.server("example").lies(asked -> asked.name().startsWith("www"), message -> message.getHeader()
        .setRcode(Rcode.NXDOMAIN));
    assertThat(bench.records("www.example.lab", "A")).endsWith("www.other.org A 10.9.0.2");
  }

  @Test
  void sixteenAliasesAreFollowedAndNoMore() {
    bench.example(chain(16));
    assertThat(bench.records("n0.example.lab", "A")).hasSize(17);
    assertThat(bench.records("n0.example.lab", "A")).as("from the cache").hasSize(17);
    bench.example(chain(17));
    bench.cache().clear();
    assertThat(bench.reason("n0.example.lab", "A")).isEqualTo(Reason.ALIAS_LOOP);
    assertThat(bench.records("n1.example.lab", "A")).hasSize(17);
    assertThat(bench.reason("n0.example.lab", "A")).as("from the cache").isEqualTo(Reason.ALIAS_LOOP);
  }

  @Test
  void sixteenAliasesAcrossZonesAreFollowedAndNoMore() {
    List<String> even = new ArrayList<>();
    List<String> odd = new ArrayList<>();
    for (int i = 0; i < 17; i += 2) {
      even.add("n" + i + " CNAME n" + (i + 1) + ".other.org.");
      odd.add("n" + (i + 1) + " CNAME n" + (i + 2) + ".example.lab.");
    }
    even.add("n18 A 10.9.0.1");
    bench.example(even.toArray(String[]::new));
    other(odd.toArray(String[]::new));
    assertThat(bench.reason("n0.example.lab", "A")).isEqualTo(Reason.ALIAS_LOOP);
    assertThat(net.asked).hasSizeLessThan(25);
    assertThat(bench.records("n2.example.lab", "A")).hasSize(17);
  }

  @Test
  void loopsEnd() {
    bench.example("self CNAME self", "a CNAME b", "b CNAME a", "x CNAME y.other.org.");
    other("y CNAME x.example.lab.");
    for (String name : List.of("self", "a", "b", "x")) {
      assertThat(bench.reason(name + ".example.lab", "A")).as(name).isEqualTo(Reason.ALIAS_LOOP);
      assertThat(bench.reason(name + ".example.lab", "A")).as("%s from the cache", name).isEqualTo(Reason.ALIAS_LOOP);
    }
    assertThat(net.asked).hasSizeLessThan(20);
  }

  @Test
  void aLoopOfAliasesThatMustNotBeKeptEnds() {
    bench.example("x 0 CNAME y.other.org.");
    other("y 0 CNAME x.example.lab.");
    assertThat(bench.reason("x.example.lab", "A")).isEqualTo(Reason.ALIAS_LOOP);
    assertThat(net.asked).hasSizeLessThan(20);
  }

  @Test
  void followsTreesOfAliases() {
    bench.example("old DNAME new.other.org.");
    other("www.new A 10.9.0.5", "deep.er.new A 10.9.0.6");
    List<String> all = List.of("old.example.lab DNAME new.other.org.",
        "www.old.example.lab CNAME www.new.other.org.", "www.new.other.org A 10.9.0.5");
    assertThat(bench.records("www.old.example.lab", "A")).isEqualTo(all);
    net.queries();
    assertThat(bench.records("www.old.example.lab", "A")).as("from the cache").isEqualTo(all);
    assertThat(net.queries()).isEmpty();
    assertThat(bench.records("deep.er.old.example.lab", "A")).contains("deep.er.new.other.org A 10.9.0.6");
    assertThat(net.queries()).as("the tree is known").noneMatch(query -> query.startsWith("example"));
    assertThat(bench.reason("old.example.lab", "A")).as("the name itself is no alias").isEqualTo(Reason.NO_DATA);
  }

  @Test
  void treesCountAsOneAliasEach() {
    List<String> records = new ArrayList<>(
        IntStream.range(0, 16).mapToObj(i -> "t" + i + " DNAME t" + (i + 1)).toList());
    records.add("www.t16 A 10.9.0.3");
    bench.example(records.toArray(String[]::new));
    assertThat(bench.records("www.t0.example.lab", "A")).hasSize(33);
    assertThat(bench.records("www.t0.example.lab", "A")).as("from the cache").hasSize(33);
  }

  @Test
  void aTreeThatMakesTheNameTooLongIsNamedAsTheReason() {
    String label = "l".repeat(60);
    bench.example("t DNAME " + String.join(".", label, label, label) + ".other.org.");
    String name = label + ".w.t.example.lab";
    assertThat(bench.reason(name, "A")).isEqualTo(Reason.NAME_TOO_LONG);
    net.queries();
    assertThat(bench.reason(name, "A")).as("from the cache").isEqualTo(Reason.NAME_TOO_LONG);
    assertThat(net.queries()).isEmpty();
  }

  @Test
  @Requirement("RFC1034-5.2.2-02")
  void aQuestionAboutTheAliasItselfIsNotFollowed() {
    bench.example("www CNAME web.other.org.");
    assertThat(bench.records("www.example.lab", "CNAME")).containsExactly("www.example.lab CNAME web.other.org.");
    assertThat(bench.records("www.example.lab", "CNAME")).as("from the cache").hasSize(1);
    assertThat(net.count("other")).isZero();
  }

  @Test
  void aQuestionAboutAllTypesIsNotFollowed() {
    bench.example("www CNAME web.other.org.");
    assertThat(bench.records("www.example.lab", "CNAME")).hasSize(1);
    assertThat(bench.records("www.example.lab", "ANY")).containsExactly("www.example.lab CNAME web.other.org.");
    assertThat(net.count("other")).isZero();
  }
}
