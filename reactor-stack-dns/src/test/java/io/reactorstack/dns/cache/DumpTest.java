package io.reactorstack.dns.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.cache.DumpReader.Result;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.testing.Requirement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Tests that a dump of a cache has what the cache knows, and that a cache can load it. */
class DumpTest {

  private static final long SECOND = 1_000_000_000L;

  /** Data of many types, with characters that have a meaning in master files. */
  private static final List<String> DATA = List.of(
      "A 10.0.0.1", "AAAA 2001:db8::1", "NS ns.lab.", "CNAME other.lab.", "DNAME other.lab.", "PTR www.lab.",
      "MX 10 mail.lab.", "TXT \"a ; b\" \"\" \"\\\"quoted\\\" \\\\ (\\255\"", "SRV 1 2 3 host.lab.",
      "SOA ns.lab. root\\.dot.lab. 1 2 3 4 5", "CAA 128 issue \"ca.lab; x=y\"", "DS 1 13 2 " + "ab".repeat(32),
      "HTTPS 1 . alpn=h2,h3 ipv4hint=10.0.0.1", "NAPTR 1 2 \"u\" \"s\" \"!^.*$!x ; y!\" .",
      "LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m", "HINFO \"a\" \"b ; c\"",
      "TYPE65280 \\# 4 deadbeef", "TYPE65281 \\# 0");

  private long now = 1000 * SECOND;
  private final RecordCache cache = cache(CacheSettings.DEFAULTS);

  private RecordCache cache(CacheSettings settings) {
    return new RecordCache(settings, () -> now);
  }

  private static Record record(String owner, long ttl, String typeAndData) {
    String[] parts = typeAndData.split(" ", 2);
    try {
      return Record.fromString(Name.fromString(owner), Type.value(parts[0]), DClass.IN, ttl, parts[1], Name.root);
    } catch (IOException e) {
      throw new UncheckedIOException(typeAndData, e);
    }
  }

  private void put(Trust trust, String owner, long ttl, String... typeAndData) {
    cache.put(RRset.of(Stream.of(typeAndData).map(each -> record(owner, ttl, each)).toList(), trust, now));
  }

  private static Question question(String name, int type) {
    return new Question(Names.absolute(name), type);
  }

  private void absent(boolean isNameError, String name, int type, long ttl) {
    cache.put(question(name, type), new Absence(isNameError,
        RRset.of(List.of(record("lab.", ttl, "SOA ns.lab. root.lab. 1 2 3 4 5")), Trust.AUTHORITY, now),
        now + ttl * SECOND));
  }

  private static Result load(RecordCache into, List<String> lines) {
    DumpReader reader = into.load(Duration.ZERO);
    lines.forEach(reader::line);
    return reader.end();
  }

  @Test
  void aDumpHasOneLineForEachRecordAndAbsence() {
    put(Trust.AUTHORITATIVE, "www.lab.", 60, "A 10.0.0.1", "A 10.0.0.2");
    put(Trust.REFERRAL, "ns.lab.", 1, "A 10.0.0.1");
    absent(true, "none.lab", Type.A, 60);
    absent(false, "www.lab", Type.TXT, 30);
    cache.putFailure(question("broken.lab", Type.A), Reason.TIMEOUT);
    now += SECOND;
    assertThat(cache.dump()).containsExactlyInAnyOrder(
        "www.lab. 59 IN A 10.0.0.1 ; AUTHORITATIVE 2",
        "www.lab. 59 IN A 10.0.0.2 ; AUTHORITATIVE 2",
        "; none.lab. 59 IN ANY NXDOMAIN lab. ns.lab. root.lab. 1 2 3 4 5",
        "; www.lab. 29 IN TXT NODATA lab. ns.lab. root.lab. 1 2 3 4 5");
  }

  @Test
  @Requirement({"RFC3597-5-01", "RFC3597-5-02"})
  void recordsOfAllTypesComeBack() {
    for (String data : DATA) {
      for (String owner : List.of("www.lab.", "A\\.b\\032\\;c.LAB.", ".")) {
        cache.clear();
        put(Trust.ANSWER, owner, 60, data);
        absent(true, "none.lab", Type.A, 60);
        List<String> dump = cache.dump().toList();
        RecordCache other = cache(CacheSettings.DEFAULTS);
        assertThat(load(other, dump)).as("%s %s", owner, dump).isEqualTo(new Result(2, 0, 0));
        assertThat(other.dump()).containsExactlyInAnyOrderElementsOf(dump);
        Record record = record(owner, 60, data);
        RRset set = other.set(record.getName(), record.getType());
        assertThat(set.records()).as(data).containsExactly(record);
        assertThat(set.name()).as("in its letter case").hasToString(owner);
        assertThat(set.ttl()).isEqualTo(60);
        assertThat(set.trust()).isEqualTo(Trust.ANSWER);
        if (data.startsWith("TYPE")) {
          assertThat(dump).anyMatch(line -> line.contains(" IN " + data + " ; "));
        }
      }
    }
  }

  @Test
  void absencesComeBack() {
    absent(true, "none.lab", Type.A, 60);
    absent(false, "www.lab", Type.TXT, 60);
    cache.put(question("bare.lab", Type.MX), new Absence(false, null, now + 60 * SECOND));
    RecordCache other = cache(CacheSettings.DEFAULTS);
    assertThat(load(other, cache.dump().toList())).isEqualTo(new Result(3, 0, 0));
    assertThat(other.find(question("none.lab", Type.AAAA)))
        .isInstanceOfSatisfying(Absence.class, absence -> assertThat(absence.isNameError()).isTrue());
    assertThat(other.find(question("www.lab", Type.TXT))).isInstanceOfSatisfying(Absence.class, absence -> {
      assertThat(absence.isNameError()).isFalse();
      assertThat(absence.soa().records()).containsExactly(record("lab.", 60, "SOA ns.lab. root.lab. 1 2 3 4 5"));
    });
    assertThat(other.find(question("www.lab", Type.A))).isNull();
    assertThat(other.find(question("bare.lab", Type.MX))).isInstanceOf(Absence.class);
  }

  @Test
  void whatHasEndedOrIsMalformedIsCountedAndNotLoaded() {
    List<String> ended = List.of("a.lab. 0 IN A 10.0.0.1 ; ANSWER 1", "; b.lab. 0 IN ANY NXDOMAIN");
    List<String> malformed = List.of("x", ";", "; comment", "$ORIGIN lab.", "c.lab. 60 IN A 10.0.0.1",
        "c.lab. 60 IN A 10.0.0.1 ; ANSWER", "c.lab. 60 IN A 10.0.0.1 ; ANSWER 0", "c.lab. 60 IN A 10.0.0.1 ; ANSWER x",
        "c.lab. 60 IN A 10.0.0.1 ; GUESS 1", "c.lab. -1 IN A 10.0.0.1 ; ANSWER 1",
        "c.lab. 2147483648 IN A 10.0.0.1 ; ANSWER 1", "c.lab. 60 CH A 10.0.0.1 ; ANSWER 1",
        "c.lab. 60 IN A 10.0.0.256 ; ANSWER 1", "c.lab. 60 IN NONE 10.0.0.1 ; ANSWER 1",
        "c.lab 60 IN A 10.0.0.1 ; ANSWER 1",
        "c.lab. 60 IN A ; ANSWER 1", "c.lab. 60 IN ANY \\# 0 ; ANSWER 1", "c.lab. 60 IN A 10.0.0.1 ; ANSWER 1 1",
        "; c.lab. 60 IN A NXDOMAIN", "; c.lab. 60 IN ANY NODATA", "; c.lab. 60 IN A MAYBE", "; c.lab 60 IN A NODATA",
        "; c.lab. 60 IN ANY NXDOMAIN lab.", "; c.lab. 60 IN ANY NXDOMAIN lab. ns.lab. root.lab. 1 2 3 4",
        "; c.lab. 60 IN ANY NXDOMAIN org. ns.lab. root.lab. 1 2 3 4 5",
        "l".repeat(64) + ".lab. 60 IN A 10.0.0.1 ; ANSWER 1",
        "c.lab. 60 IN A 10.0.0.1 ; ANSWER 1".replace(' ', '\t'));
    for (String line : ended) {
      assertThat(load(cache, List.of(line))).as(line).isEqualTo(new Result(0, 1, 0));
    }
    for (String line : malformed) {
      assertThat(load(cache, List.of("", line, "  "))).as(line).isEqualTo(new Result(0, 0, 1));
    }
    assertThat(cache.names()).isZero();
  }

  @Test
  void aSetOfWhichRecordsAreMissingIsNotLoaded() {
    String one = "a.lab. 60 IN A 10.0.0.1 ; ANSWER 2";
    String two = "a.lab. 60 IN A 10.0.0.2 ; ANSWER 2";
    String good = "b.lab. 60 IN A 10.0.0.1 ; ANSWER 1";
    assertThat(load(cache, List.of(one))).isEqualTo(new Result(0, 0, 1));
    assertThat(load(cache, List.of(one, good, two))).isEqualTo(new Result(1, 0, 2));
    assertThat(load(cache, List.of(one, "x", two))).isEqualTo(new Result(0, 0, 3));
    assertThat(load(cache, List.of(one, "; c.lab. 60 IN A NODATA", two))).isEqualTo(new Result(1, 0, 2));
    assertThat(cache.set(Names.absolute("a.lab"), Type.A)).isNull();
    assertThat(load(cache, List.of(one, two))).isEqualTo(new Result(1, 0, 0));
  }

  @Test
  void timesToLiveAreLimitedAndMoreTrustWins() {
    put(Trust.AUTHORITATIVE, "www.lab.", 60, "A 10.0.0.1");
    load(cache, List.of("www.lab. 600 IN A 6.6.6.6 ; ANSWER 1", "a.lab. 2147483647 IN A 10.0.0.1 ; ANSWER 1",
        "; b.lab. 2147483647 IN ANY NXDOMAIN"));
    assertThat(cache.set(Names.absolute("www.lab"), Type.A).records())
        .containsExactly(record("www.lab.", 60, "A 10.0.0.1"));
    assertThat(cache.set(Names.absolute("a.lab"), Type.A).ttl(now)).isEqualTo(Duration.ofDays(7).toSeconds());
    now += Duration.ofHours(3).toNanos();
    assertThat(cache.find(question("b.lab", Type.A))).isNull();
  }

  @Test
  void theAgeOfTheDumpIsSubtracted() {
    List<String> lines = List.of("a.lab. 60 IN A 10.0.0.1 ; ANSWER 1", "b.lab. 61 IN A 10.0.0.1 ; ANSWER 1",
        "; c.lab. 60 IN A NODATA", "; d.lab. 70 IN A NODATA");
    DumpReader reader = cache.load(Duration.ofSeconds(60));
    lines.forEach(reader::line);
    assertThat(reader.end()).isEqualTo(new Result(2, 2, 0));
    assertThat(cache.dump()).containsExactlyInAnyOrder("b.lab. 1 IN A 10.0.0.1 ; ANSWER 1",
        "; d.lab. 10 IN A NODATA");
  }
}
