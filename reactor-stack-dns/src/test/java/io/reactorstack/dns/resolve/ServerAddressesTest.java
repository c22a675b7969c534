package io.reactorstack.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.resolve.WalkBench.Asking;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests how an iterative resolver finds the addresses of servers, and what limits the work for it. */
class ServerAddressesTest {

  private final WalkBench bench = WalkBench.small();
  private final VirtualInternet net = bench.net;

  @AfterEach
  void nothingIsLeft() {
    bench.checkIdle();
  }

  private void lab(String... records) {
    net.server("lab").zone("lab", WalkBench.lines(new String[] {"@ NS ns", "ns A " + WalkBench.LAB}, records));
  }

  private void org(String... records) {
    net.server("org").zone("org", WalkBench.lines(new String[] {"@ NS ns", "ns A " + WalkBench.ORG}, records));
  }

  @Test
  void looksForTheAddressOfAServerWithoutGlue() {
    lab("example NS ns.other.org.");
    net.server("other").zone("example.lab", "@ NS ns.other.org.", "www A 10.9.0.7");
    assertThat(bench.records("www.example.lab", "A")).containsExactly("www.example.lab A 10.9.0.7");
    assertThat(net.queries()).containsExactly("root . NS", "root lab A", "lab example.lab A", "root org A",
        "org other.org A", "other ns.other.org A", "other www.example.lab A");
  }

  @Test
  void severalQuestionsShareTheSearchForAnAddress() {
    lab("example NS ns.other.org.", "sample NS ns.other.org.");
    net.server("other").zone("example.lab", "@ NS ns.other.org.", "* A 10.9.0.7")
        .zone("sample.lab", "@ NS ns.other.org.", "* A 10.9.0.8");
    List<Asking> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(bench.start("n" + i + ".example.lab", "A"));
      all.add(bench.start("n" + i + ".sample.lab", "A"));
    }
    all.forEach(asking -> assertThat(WalkBench.records(bench.await(asking))).hasSize(1));
    assertThat(net.asked.stream().filter(asked -> asked.isFor("ns.other.org", "A")).count()).isEqualTo(1);
  }

  @Test
  void theBestOfSeveralServersWithoutGlueIsEnough() {
    lab("example NS none.other.org.", "example NS ns.other.org.");
    net.server("other").zone("example.lab", "@ NS ns.other.org.", "www A 10.9.0.7");
    assertThat(bench.records("www.example.lab", "A")).hasSize(1);
  }

  /** Only the zone's own servers could tell the address, and nobody can ask them. */
  @Test
  void theAddressOfAServerInItsOwnZoneWithoutGlueIsNotSought() {
    lab("example NS ns.example", "example NS ns.other.org.");
    net.server("other").zone("example.lab", "@ NS ns.other.org.", "www A 10.9.0.7", "ns A 10.9.0.8");
    assertThat(bench.records("www.example.lab", "A")).hasSize(1);
    assertThat(net.asked).noneMatch(asked -> asked.isFor("ns.example.lab", "A"));
  }

  @Test
  @Requirement("RFC2181-10.3-01")
  void anAliasIsNoServer() {
    lab("example NS alias.other.org.");
    net.server("other").zone("other.org", "@ NS ns", "ns A " + WalkBench.OTHER, "alias CNAME ns")
        .zone("example.lab", "@ NS ns.other.org.", "www A 10.9.0.7");
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.SERVER_FAILURE);
  }

  @Test
  void zonesThatNeedEachOthersAddressesEndInAFailure() {
    lab("example NS ns.other.org.");
    org("other NS ns.example.lab.");
    assertThat(bench.reason("www.example.lab", "A")).isEqualTo(Reason.SERVER_FAILURE);
    int once = net.asked.size();
    assertThat(once).isLessThan(12);
    Asking one = bench.start("a.example.lab", "A");
    Asking other = bench.start("b.other.org", "A");
    assertThat(bench.await(one).reason()).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(bench.await(other).reason()).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(net.asked.size()).isLessThan(2 * once);
    System.out.println("Two zones that need each other's addresses: " + once + " messages");
  }

  /** TsuNAME: many zones that need each other's addresses, asked for by many names. */
  @Test
  void aRingOfZonesEndsWithFewMessages() {
    int zones = 30;
    lab(IntStream.range(0, zones).boxed()
        .flatMap(i -> IntStream.range(1, 5).mapToObj(k -> "z" + i + " NS ns.z" + (i + k) % zones + ".lab."))
        .toArray(String[]::new));
    assertThat(bench.ask("www.z0.lab", "A").failure()).isNotNull();
    int once = net.asked.size();
    assertThat(once).isLessThanOrEqualTo(100);
    for (int i = 0; i < 100; i++) {
      bench.ask("n" + i + ".z0.lab", "A");
    }
    System.out.println("A ring of " + zones + " zones: " + once + " messages, and " + (net.asked.size() - once)
        + " for 100 more names");
    assertThat(net.asked.size() - once).isLessThan(100 * 30);
  }

  /** NXNSAttack: a referral to many servers in a victim's zone that do not exist. */
  @Test
  void aReferralToManyNamesThatDoNotExistCausesFewQueriesToTheirZone() {
    lab(IntStream.range(0, 100).mapToObj(i -> "example NS x" + i + ".other.org.").toArray(String[]::new));
    assertThat(bench.ask("www.example.lab", "A").failure()).isNotNull();
    long victim = net.count("other");
    assertThat(victim).as("messages to the victim").isPositive().isLessThanOrEqualTo(20);
    net.asked.clear();
    bench.ask("again.example.lab", "A");
    assertThat(net.count("other")).as("the names are known not to exist").isZero();
    bench.host.hasIpv6 = true;
    bench.cache().clear();
    bench.pass(Duration.ofMinutes(10));
    net.asked.clear();
    bench.ask("six.example.lab", "A");
    assertThat(net.count("other")).isLessThanOrEqualTo(40);
    System.out.println("A referral to 100 names that do not exist: " + victim + " messages to their zone, "
        + net.count("other") + " with IPv6");
  }

  /** A chain of delegations of which each needs the address in the next one. */
  @Test
  void addressesAreSoughtToALimitedDepth() {
    lab(IntStream.range(0, 20).mapToObj(i -> "z" + i + " NS ns.z" + (i + 1) + ".lab.").toArray(String[]::new));
    assertThat(bench.ask("www.z0.lab", "A").failure()).isNotNull();
    assertThat(net.asked.stream().map(VirtualInternet.Asked::name)).contains("z6.lab").doesNotContain("z7.lab");
  }

  @Test
  @Requirement("RFC1034-5.3.3-02")
  void oneQuestionSendsAtMostAHundredMessages() {
    int zones = 60;
    List<String> records = new ArrayList<>();
    for (int i = 0; i < zones; i++) {
      records.add("z" + i + " NS ns.z" + i);
      records.add("ns.z" + i + " A 10.3.0." + i);
      net.server("s" + i, "10.3.0." + i).silent();
    }
    for (int i = 0; i < 16; i++) {
      records.add("example NS ns" + i + ".z" + i + ".lab.");
    }
    lab(records.toArray(String[]::new));
    bench.ask("www.example.lab", "A");
    System.out.println("A zone with 16 servers in zones that are silent: " + net.asked.size() + " messages");
    assertThat(net.asked.size()).isLessThanOrEqualTo(100);
    assertThat(bench.resolutions().outstanding()).isZero();
  }

  @Test
  void aThousandQuestionsShareOneResolution() {
    List<Asking> all = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      all.add(bench.start("www.example.lab", "A"));
    }
    all.forEach(asking -> assertThat(WalkBench.records(bench.await(asking))).hasSize(1));
    assertThat(net.asked).hasSize(4);
    assertThat(bench.resolutions().misses()).isEqualTo(1000);
  }

  @Test
  void cancellingAllQuestionsClosesEverything() {
    lab("example NS ns.other.org.");
    net.server("other").silent();
    List<Asking> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      all.add(bench.start("www.example.lab", "A"));
      all.add(bench.start("n" + i + ".example.lab", "A"));
    }
    bench.pass(Duration.ofMillis(200));
    assertThat(net.open).isPositive();
    all.subList(1, all.size()).forEach(asking -> bench.loop.execute(asking::cancel));
    bench.loop.settle();
    assertThat(net.open).as("one is left").isPositive();
    bench.loop.execute(all.getFirst()::cancel);
    bench.loop.settle();
    assertThat(net.open).isZero();
    assertThat(bench.resolutions().outstanding()).isZero();
    assertThat(bench.loop.deadline()).as("timers").isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void cancellingAQuestionLeavesItsSharedWorkToTheOthers() {
    lab("example NS ns.other.org.", "sample NS ns.other.org.");
    net.server("other").zone("example.lab", "@ NS ns.other.org.", "* A 10.9.0.7")
        .zone("sample.lab", "@ NS ns.other.org.", "* A 10.9.0.8").delay(Duration.ofMillis(300));
    Asking first = bench.start("a.example.lab", "A");
    Asking second = bench.start("b.sample.lab", "A");
    bench.pass(Duration.ofMillis(100));
    bench.loop.execute(first::cancel);
    assertThat(WalkBench.records(bench.await(second))).hasSize(1);
    assertThat(first.isOver()).isFalse();
  }

  @Test
  void moreThanTheMostQuestionsFailAtOnce() {
    bench.limits = new WorkLimits(100, 3, 20, false);
    List<Asking> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(bench.start("n" + i + ".example.lab", "A"));
    }
    assertThat(all.getLast().answer().reason()).isEqualTo(Reason.TOO_MANY_QUESTIONS);
    all.forEach(bench::await);
    assertThat(bench.records("www.example.lab", "A")).hasSize(1);
  }
}
