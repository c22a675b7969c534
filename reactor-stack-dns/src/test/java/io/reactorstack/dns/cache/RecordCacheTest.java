package io.reactorstack.dns.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.testing.Requirement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Tests what the cache keeps, for how long, and what it replaces. */
class RecordCacheTest {

  private static final long SECOND = 1_000_000_000L;

  private long now = 1000 * SECOND;
  private final RecordCache cache = cache(CacheSettings.DEFAULTS);

  private RecordCache cache(CacheSettings settings) {
    return new RecordCache(settings, () -> now);
  }

  private static Record record(String owner, long ttl, String type, String data) {
    try {
      return Record.fromString(Names.absolute(owner), Type.value(type), DClass.IN, ttl, data, Name.root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private RRset set(Trust trust, long ttl, String owner, String type, String... data) {
    return RRset.of(Stream.of(data).map(each -> record(owner, ttl, type, each)).toList(), trust, now);
  }

  private static Question question(String name, String type) {
    return new Question(Names.absolute(name), Type.value(type));
  }

  private List<String> data(String name, String type) {
    RRset set = cache.set(Names.absolute(name), Type.value(type));
    return set == null ? List.of() : set.records().stream().map(Record::rdataToString).toList();
  }

  private Absence absence(boolean isNameError, long ttl) {
    return new Absence(isNameError, set(Trust.AUTHORITY, ttl, "lab", "SOA", "ns.lab. root.lab. 1 1 1 1 1"),
        now + ttl * SECOND);
  }

  private void pass(long seconds) {
    now += seconds * SECOND;
  }

  @Test
  @Requirement({"RFC2181-5.4.1-01", "RFC2181-5.4-02"})
  void aSetIsReplacedAsAWholeByOneOfAtLeastTheSameTrust() {
    for (Trust before : Trust.values()) {
      for (Trust after : Trust.values()) {
        cache.clear();
        cache.put(set(before, 60, "www.lab", "A", "10.0.0.1", "10.0.0.2"));
        cache.put(set(after, 60, "www.lab", "A", "10.0.0.3"));
        assertThat(data("www.lab", "A")).as("%s, then %s", before, after).isEqualTo(after.compareTo(before) >= 0
            ? List.of("10.0.0.3")
            : List.of("10.0.0.1", "10.0.0.2"));
      }
    }
  }

  @Test
  void aSetThatHasEndedIsReplacedWhateverTheTrust() {
    cache.put(set(Trust.AUTHORITATIVE, 60, "www.lab", "A", "10.0.0.1"));
    pass(60);
    cache.put(set(Trust.ADDITIONAL, 60, "www.lab", "A", "10.0.0.2"));
    assertThat(data("www.lab", "A")).containsExactly("10.0.0.2");
  }

  @Test
  @Requirement("RFC2181-5.4-01")
  void recordsOfTwoResponsesAreNotMerged() {
    cache.put(set(Trust.ANSWER, 60, "www.lab", "A", "10.0.0.1"));
    cache.put(set(Trust.ANSWER, 60, "www.lab", "A", "10.0.0.2"));
    assertThat(data("www.lab", "A")).containsExactly("10.0.0.2");
  }

  @Test
  @Requirement("RFC2181-5.4-03")
  void theSameRecordsStartAgain() {
    for (String type : List.of("A 10.0.0.1", "NS ns.lab.")) {
      String[] parts = type.split(" ");
      cache.put(set(Trust.REFERRAL, 60, "www.lab", parts[0], parts[1]));
      pass(40);
      cache.put(set(Trust.REFERRAL, 60, "www.lab", parts[0], parts[1]));
      pass(40);
      assertThat(data("www.lab", parts[0])).as(type).hasSize(1);
    }
  }

  @Test
  void theLowestTimeToLiveAppliesToAllRecords() {
    RRset set = RRset.of(List.of(record("www.lab", 60, "A", "10.0.0.1"), record("www.lab", 20, "A", "10.0.0.2")),
        Trust.ANSWER, now);
    assertThat(set.ttl()).isEqualTo(20);
    cache.put(set);
    pass(19);
    assertThat(cache.set(set.name(), Type.A).ttl(now)).isEqualTo(1);
    pass(1);
    assertThat(cache.set(set.name(), Type.A)).isNull();
  }

  @Test
  void longTimesToLiveAreLimited() {
    cache.put(set(Trust.ANSWER, Integer.MAX_VALUE, "www.lab", "A", "10.0.0.1"));
    assertThat(cache.set(Names.absolute("www.lab"), Type.A).ttl(now)).isEqualTo(7 * 86_400);
  }

  @Test
  void glueAndTheServersOfAReferralAnswerNoQuestion() {
    for (Trust trust : Trust.values()) {
      cache.clear();
      cache.put(set(trust, 60, "www.lab", "A", "10.0.0.1"));
      cache.put(set(trust, 60, "alias.lab", "CNAME", "www.lab."));
      cache.put(set(trust, 60, "tree.lab", "DNAME", "other.lab."));
      boolean answers = trust != Trust.ADDITIONAL && trust != Trust.REFERRAL;
      assertThat(cache.find(question("www.lab", "A")) != null).as("%s", trust).isEqualTo(answers);
      assertThat(cache.find(question("alias.lab", "A")) != null).as("alias %s", trust).isEqualTo(answers);
      assertThat(cache.findTreeAbove(Names.absolute("www.tree.lab")) != null).as("tree %s", trust).isEqualTo(answers);
    }
  }

  /** A zone whose parent has removed it must not be kept alive by its own servers ("ghost domain names"). */
  @Test
  void aDelegationEndsWithTheTimeToLiveOfTheZoneAbove() {
    Name zone = Names.absolute("ghost.lab");
    cache.put(set(Trust.REFERRAL, 60, "ghost.lab", "NS", "ns.ghost.lab."));
    for (int i = 0; i < 5; i++) {
      Trust trust = List.of(Trust.ANSWER, Trust.AUTHORITY, Trust.AUTHORITY, Trust.AUTHORITATIVE, Trust.AUTHORITATIVE)
          .get(i);
      cache.put(set(trust, 86_400, "ghost.lab", "NS", "ns" + i + ".ghost.lab."));
      assertThat(data("ghost.lab", "NS")).containsExactly("ns" + i + ".ghost.lab.");
      assertThat(cache.set(zone, Type.NS).ttl(now)).as("%s", trust).isEqualTo(60 - 10 * i);
      pass(10);
    }
    pass(10);
    assertThat(cache.set(zone, Type.NS)).isNull();
  }

  @Test
  void theServersOfTheZoneMayBeKnownForLessTime() {
    cache.put(set(Trust.REFERRAL, 60, "sub.lab", "NS", "ns.sub.lab."));
    cache.put(set(Trust.AUTHORITY, 20, "sub.lab", "NS", "ns.sub.lab."));
    assertThat(cache.set(Names.absolute("sub.lab"), Type.NS).ttl(now)).isEqualTo(20);
  }

  @Test
  @Requirement({"RFC2308-8-02", "RFC2308-6-01"})
  void anAbsenceHasTheSoaThatSaysSo() {
    cache.put(question("www.lab", "A"), absence(false, 60));
    pass(20);
    assertThat(cache.find(question("www.lab", "A"))).isInstanceOfSatisfying(Absence.class, absence -> {
      assertThat(absence.soa().name()).isEqualTo(Names.absolute("lab"));
      assertThat(absence.soa().ttl(now)).isEqualTo(40);
    });
    assertThat(cache.find(question("www.lab", "TXT"))).isNull();
  }

  @Test
  void aNameErrorReplacesAllOfAName() {
    cache.put(set(Trust.AUTHORITATIVE, 600, "www.lab", "A", "10.0.0.1"));
    cache.put(question("www.lab", "TXT"), absence(true, 60));
    assertThat(cache.find(question("www.lab", "A"))).isInstanceOf(Absence.class);
    pass(60);
    assertThat(cache.find(question("www.lab", "A"))).as("the records do not come back").isNull();
    cache.put(question("www.lab", "TXT"), absence(true, 60));
    cache.put(set(Trust.ANSWER, 60, "www.lab", "A", "10.0.0.1"));
    assertThat(cache.find(question("www.lab", "TXT"))).as("a name with records exists").isNull();
  }

  @Test
  void absencesAreKnownForThreeHoursAtMost() {
    cache.put(question("www.lab", "A"), absence(false, 100_000));
    pass(3 * 3600 - 1);
    assertThat(cache.find(question("www.lab", "A"))).isNotNull();
    pass(1);
    assertThat(cache.find(question("www.lab", "A"))).isNull();
  }

  @Test
  @Requirement("RFC8020-2-03")
  void recordsBelowANameThatDoesNotExistMayStillBeUsed() {
    cache.put(set(Trust.ANSWER, 60, "www.sub.lab", "A", "10.0.0.1"));
    cache.put(question("sub.lab", "A"), absence(true, 60));
    assertThat(cache.find(question("www.sub.lab", "A"))).isInstanceOf(RRset.class);
    assertThat(cache.findAbsenceAbove(Names.absolute("mail.sub.lab"))).isNotNull();
    assertThat(cache.findAbsenceAbove(Names.absolute("sub.lab"))).as("above only").isNull();
    assertThat(cache.findAbsenceAbove(Names.absolute("other.lab"))).isNull();
    cache.put(question("lab", "A"), absence(false, 60));
    assertThat(cache.findAbsenceAbove(Names.absolute("other.lab"))).as("a name without data exists").isNull();
  }

  @Test
  void aTldThatDoesNotExistHasNothingBelow() {
    cache.put(question("local", "A"), absence(true, 60));
    assertThat(cache.findAbsenceAbove(Names.absolute("printer.local"))).isNotNull();
  }

  @Test
  @Requirement({"RFC9520-3.2-07", "RFC1123-6.1.3.3-03"})
  void repeatedFailuresAreKnownForLongerEachTime() {
    Question question = question("www.lab", "A");
    for (long expected : new long[] {5, 10, 20, 40, 80, 160, 300, 300, 300}) {
      cache.putFailure(question, Reason.TIMEOUT);
      pass(expected - 1);
      assertThat(cache.isFailing(question)).as("after %s s", expected - 1).isTrue();
      assertThat(cache.find(question)).isInstanceOfSatisfying(Failure.class,
          failure -> assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT));
      pass(1);
      assertThat(cache.isFailing(question)).as("after %s s", expected).isFalse();
    }
    pass(301);
    cache.putFailure(question, Reason.TIMEOUT);
    pass(5);
    assertThat(cache.isFailing(question)).as("after five quiet minutes it starts again").isFalse();
  }

  @Test
  void aSuccessEndsTheRowOfFailures() {
    Question question = question("www.lab", "A");
    cache.putFailure(question, Reason.TIMEOUT);
    pass(6);
    cache.putFailure(question, Reason.TIMEOUT);
    cache.put(set(Trust.ANSWER, 1, "www.lab", "A", "10.0.0.1"));
    pass(1);
    assertThat(cache.isFailing(question)).isFalse();
    cache.putFailure(question, Reason.TIMEOUT);
    pass(5);
    assertThat(cache.isFailing(question)).isFalse();
  }

  @Test
  void whatHappensToOtherTypesDoesNotShortenAFailure() {
    Question question = question("www.lab", "A");
    cache.putFailure(question, Reason.TIMEOUT);
    cache.put(set(Trust.ANSWER, 60, "www.lab", "AAAA", "2001:db8::1"));
    cache.put(question("www.lab", "TXT"), absence(false, 60));
    cache.putFailure(question("www.lab", "MX"), Reason.REFUSED);
    cache.remove(Names.absolute("other.lab"));
    pass(4);
    assertThat(cache.isFailing(question)).isTrue();
    assertThat(cache.isFailing(question("www.lab", "AAAA"))).isFalse();
  }

  @Test
  @Requirement("RFC9520-3.2-06")
  void theTimeOfAFirstFailureCanBeSet() {
    RecordCache patient = cache(CacheSettings.DEFAULTS.failureTtl(Duration.ofSeconds(60)));
    patient.putFailure(question("www.lab", "A"), Reason.TIMEOUT);
    pass(59);
    assertThat(patient.isFailing(question("www.lab", "A"))).isTrue();
  }

  @Test
  void aFailureLeavesValidRecordsInPlace() {
    cache.put(set(Trust.ANSWER, 60, "www.lab", "A", "10.0.0.1"));
    cache.putFailure(question("www.lab", "A"), Reason.TIMEOUT);
    assertThat(cache.find(question("www.lab", "A"))).isInstanceOf(RRset.class);
    assertThat(cache.isFailing(question("www.lab", "A"))).isTrue();
    cache.replace(set(Trust.ADDITIONAL, 60, "www.lab", "MX", "10 mail.lab."));
    assertThat(cache.isFailing(question("www.lab", "A"))).isTrue();
    assertThat(data("www.lab", "A")).hasSize(1);
  }

  @Test
  void replacingIgnoresTheTrust() {
    cache.put(set(Trust.AUTHORITY, 60, "sub.lab", "NS", "old.lab."));
    cache.put(set(Trust.AUTHORITY, 60, "sub.lab", "A", "10.0.0.1"));
    cache.replace(set(Trust.REFERRAL, 600, "sub.lab", "NS", "new.lab."));
    assertThat(data("sub.lab", "NS")).containsExactly("new.lab.");
    assertThat(cache.set(Names.absolute("sub.lab"), Type.NS).ttl(now)).isEqualTo(600);
    assertThat(data("sub.lab", "A")).hasSize(1);
    cache.replace(set(Trust.REFERRAL, 600, "fresh.lab", "NS", "new.lab."));
    assertThat(data("fresh.lab", "NS")).hasSize(1);
  }

  @Test
  void staleRecordsAreKeptForTheirTimeAndNoLonger() {
    RecordCache stale = cache(CacheSettings.DEFAULTS.maxStale(Duration.ofHours(1)));
    Question question = question("www.lab", "A");
    stale.put(set(Trust.ANSWER, 60, "www.lab", "A", "10.0.0.1"));
    cache.put(set(Trust.ANSWER, 60, "www.lab", "A", "10.0.0.1"));
    pass(60 + 3599);
    assertThat(stale.find(question)).isNull();
    assertThat(stale.findStale(question)).isInstanceOf(RRset.class);
    assertThat(cache.findStale(question)).as("if not wanted").isNull();
    pass(1);
    assertThat(stale.findStale(question)).isNull();
  }

  @Test
  void newerDataThatMustNotBeKeptReplaceStaleRecords() {
    RecordCache stale = cache(CacheSettings.DEFAULTS.maxStale(Duration.ofHours(1)));
    for (String newer : List.of("records", "no data", "name error")) {
      stale.put(set(Trust.AUTHORITATIVE, 60, "www.lab", "A", "10.0.0.1"));
      pass(61);
      switch (newer) {
        case "records" -> stale.put(set(Trust.AUTHORITATIVE, 0, "www.lab", "A", "10.0.0.2"));
        case "no data" -> stale.put(question("www.lab", "A"), new Absence(false, null, now));
        default -> stale.put(question("www.lab", "MX"), new Absence(true, null, now));
      }
      assertThat(stale.findStale(question("www.lab", "A"))).as(newer).isNull();
    }
  }

  @Test
  void theWeightIsBoundedAndWhatIsUsedStays() {
    RecordCache small = cache(CacheSettings.DEFAULTS.weight(1 << 20));
    small.put(set(Trust.ANSWER, 3600, "popular.lab", "A", "10.0.0.1"));
    long most = 0;
    for (int i = 0; i < 100_000; i++) {
      small.put(set(Trust.ANSWER, 3600, "n" + i + ".lab", "A", "10.0.0.1"));
      small.find(question("popular.lab", "A"));
      most = i % 1000 == 0 ? Math.max(most, small.weight()) : most;
    }
    assertThat(most).isLessThanOrEqualTo(1 << 20).isGreaterThan(900_000);
    assertThat(small.find(question("popular.lab", "A"))).isNotNull();
    assertThat(small.evictions()).isEqualTo(100_001 - small.names());
    System.out.println("A cache of 1 MiB has room for " + small.names() + " names with an address each");
  }

  @Test
  void theWeightCountsEverythingThatIsAdded() {
    cache.put(set(Trust.ANSWER, 60, "www.lab", "A", "10.0.0.1"));
    long one = cache.weight();
    assertThat(one).isGreaterThan(NameEntry.OVERHEAD);
    cache.put(set(Trust.ANSWER, 60, "www.lab", "A", "10.0.0.1", "10.0.0.2"));
    long two = cache.weight();
    assertThat(two).isGreaterThan(one);
    cache.put(question("www.lab", "TXT"), absence(false, 60));
    long three = cache.weight();
    assertThat(three).isGreaterThan(two);
    cache.putFailure(question("www.lab", "A"), Reason.TIMEOUT);
    long four = cache.weight();
    assertThat(four).isEqualTo(three + Failure.WEIGHT);
    cache.put(set(Trust.ANSWER, 60, "www.lab", "TXT", "\"" + "x".repeat(250) + "\""));
    assertThat(cache.weight()).isGreaterThan(four + 150);
    cache.clear();
    assertThat(cache.weight()).isZero();
  }

  @Test
  void readersSeeWholeSetsWhileAWriterChangesThem() throws Exception {
    Question question = question("www.lab", "A");
    List<RRset> versions = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      versions.add(set(Trust.ANSWER, 600, "www.lab", "A", "10.0." + i + ".1", "10.0." + i + ".2", "10.0." + i + ".3"));
    }
    cache.put(versions.getFirst());
    CyclicBarrier start = new CyclicBarrier(5);
    Callable<Integer> reader = () -> {
      start.await();
      int sets = 0;
      for (int i = 0; i < 100_000; i++) { // a fixed number: readers without an end would starve the writer on two cores
        Known known = cache.find(question);
        if (known instanceof RRset set) {
          assertThat(versions).anyMatch(version -> version.records().equals(set.records()));
          assertThat(set.addresses()).hasSize(3);
          sets++;
        } else {
          assertThat(known).isInstanceOfAny(Absence.class);
        }
      }
      return sets;
    };
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Integer>> readers = Stream.generate(() -> threads.submit(reader)).limit(4).toList();
      start.await();
      for (int i = 0; i < 30_000; i++) {
        cache.put(versions.get(i % 4));
        cache.put(set(Trust.ANSWER, 600, "n" + i % 50 + ".lab", "A", "10.0.0.1"));
        if (i % 100 == 0) {
          cache.put(question, absence(true, 60));
        }
        cache.putFailure(question("www.lab", "MX"), Reason.TIMEOUT);
      }
      for (Future<Integer> each : readers) {
        assertThat(each.get()).isPositive();
      }
    }
  }
}
