package io.reactorstack.dns;

import static io.reactorstack.dns.FakeServers.a;
import static io.reactorstack.dns.FakeServers.answering;
import static io.reactorstack.dns.FakeServers.cname;
import static io.reactorstack.dns.FakeServers.soa;
import static io.reactorstack.dns.ResolverBench.S1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.dns.cache.CacheSettings;
import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.cache.RecordCache;
import io.reactorstack.dns.cache.Trust;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import reactor.core.publisher.Flux;

/** Tests which outcomes are cached, and for how long. */
class DnsCacheTest {

  private final ResolverBench bench = new ResolverBench(S1);
  private final FakeServers net = bench.net;

  private int queries() {
    return net.asked.size();
  }

  private void serve(Consumer<Message> content) {
    net.overUdp(S1, answering(content));
  }

  @Test
  @Requirement({"RFC1123-6.1.3.1-04", "RFC1123-6.1.3.1-02"})
  void cachesAddressesForTheirTimeToLive() {
    serve(m -> m.addRecord(a("www.lab", 60, "10.0.0.3"), Section.ANSWER));
    assertThat(bench.resolve("www.lab").value().timeToLive()).isEqualTo(Duration.ofSeconds(60));
    bench.loop.advance(Duration.ofSeconds(59));
    assertThat(bench.resolve("www.lab").value().timeToLive()).as("remaining time to live")
        .isEqualTo(Duration.ofSeconds(1));
    assertThat(queries()).isEqualTo(1);
    bench.loop.advance(Duration.ofSeconds(1));
    serve(m -> m.addRecord(a("www.lab", 60, "10.0.0.4"), Section.ANSWER));
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.4");
    assertThat(queries()).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC1035-3.2.1-01", "RFC1123-6.1.2.1-01"})
  void doesNotCacheTimeToLiveZero() {
    serve(m -> m.addRecord(a("www.lab", 0, "10.0.0.3"), Section.ANSWER));
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
    assertThat(queries()).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC2181-5.2-01", "RFC2181-5.2-02"})
  void shortestTimeToLiveAppliesToTheWholeChain() {
    serve(m -> {
      m.addRecord(cname("www.lab", 50, "web.lab"), Section.ANSWER);
      m.addRecord(a("web.lab", 60, "10.0.0.3"), Section.ANSWER);
      m.addRecord(a("web.lab", 40, "10.0.0.4"), Section.ANSWER);
    });
    assertThat(bench.resolve("www.lab").value().timeToLive()).isEqualTo(Duration.ofSeconds(40));
  }

  @Test
  @Requirement({"RFC2181-8-01", "RFC2181-8-02"})
  void timeToLiveWithTheTopBitSetIsZero() {
    net.overUdp(S1, (query, replies) -> {
      Message answer = FakeServers.response(query.query());
      answer.addRecord(a("www.lab", 0x7fffffff, "10.0.0.3"), Section.ANSWER);
      byte[] octets = answer.toWire();
      octets[octets.length - 10] |= (byte) 0x80; // the TTL is before RDLENGTH and the four octets of the address
      replies.reply(octets);
    });
    assertThat(bench.resolve("www.lab").value().timeToLive()).isZero();
    bench.resolve("www.lab");
    assertThat(queries()).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC1035-7.3-02", "RFC8767-4-01"})
  void overlongTimeToLiveIsCapped() {
    serve(m -> m.addRecord(a("www.lab", 0x7fffffff, "10.0.0.3"), Section.ANSWER));
    bench.resolve("www.lab");
    bench.loop.advance(Duration.ofDays(7).minusSeconds(1));
    bench.resolve("www.lab");
    assertThat(queries()).isEqualTo(1);
    bench.loop.advance(Duration.ofSeconds(1));
    bench.resolve("www.lab");
    assertThat(queries()).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC2308-3-01", "RFC2308-5-01", "RFC2308-5-02"})
  void cachesNameErrorForAllTypesForTheSmallerOfSoaMinimumAndSoaTtl() {
    for (long[] times : new long[][] {{300, 20}, {20, 300}}) {
      net.asked.clear();
      String name = "gone" + times[0] + ".lab";
      serve(m -> {
        m.getHeader().setRcode(Rcode.NXDOMAIN);
        m.addRecord(soa("lab", times[0], times[1]), Section.AUTHORITY);
      });
      assertThat(bench.resolve(name).reason()).isEqualTo(Reason.NAME_NOT_FOUND);
      bench.loop.advance(Duration.ofSeconds(19));
      assertThat(bench.resolve(name).reason()).isEqualTo(Reason.NAME_NOT_FOUND);
      assertThat(bench.resolve(name, AddressType.AAAA).reason()).isEqualTo(Reason.NAME_NOT_FOUND);
      assertThat(queries()).isEqualTo(1);
      bench.loop.advance(Duration.ofSeconds(1));
      bench.resolve(name);
      assertThat(queries()).isEqualTo(2);
    }
  }

  @Test
  @Requirement({"RFC2308-8-01", "RFC2308-0-01", "RFC1034-4.3.4-02"})
  void nameErrorIsAnsweredFromTheCache() {
    serve(m -> {
      m.getHeader().setRcode(Rcode.NXDOMAIN);
      m.addRecord(soa("lab", 60, 60), Section.AUTHORITY);
    });
    assertThat(bench.resolve("gone.lab").reason()).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(bench.resolve("gone.lab").reason()).isEqualTo(Reason.NAME_NOT_FOUND);
    assertThat(queries()).isEqualTo(1);
  }

  @Test
  @Requirement("RFC2308-5-03")
  void cachesNoDataForItsTypeOnly() {
    serve(m -> m.addRecord(soa("lab", 60, 60), Section.AUTHORITY));
    assertThat(bench.resolve("v6.lab").reason()).isEqualTo(Reason.NO_DATA);
    assertThat(bench.resolve("v6.lab").reason()).isEqualTo(Reason.NO_DATA);
    assertThat(queries()).isEqualTo(1);
    bench.resolve("v6.lab", AddressType.AAAA);
    assertThat(queries()).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC2308-5-05", "RFC1034-4.3.4-01"})
  void doesNotCacheNegativeAnswerWithoutSoaOfAnEnclosingZone() {
    serve(m -> m.getHeader().setRcode(Rcode.NXDOMAIN));
    bench.resolve("a.lab");
    bench.resolve("a.lab");
    assertThat(queries()).isEqualTo(2);
    serve(m -> {
      m.getHeader().setRcode(Rcode.NXDOMAIN);
      m.addRecord(soa("elsewhere", 60, 60), Section.AUTHORITY);
    });
    bench.resolve("b.lab");
    bench.resolve("b.lab");
    assertThat(queries()).isEqualTo(4);
  }

  @Test
  @Requirement("RFC2308-5-06")
  void capsNegativeTimeToLive() {
    serve(m -> {
      m.getHeader().setRcode(Rcode.NXDOMAIN);
      m.addRecord(soa("lab", 1_000_000, 1_000_000), Section.AUTHORITY);
    });
    bench.resolve("a.lab");
    bench.loop.advance(Duration.ofHours(3));
    bench.resolve("a.lab");
    assertThat(queries()).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC9520-3.2-01", "RFC9520-3.2-02", "RFC9520-3.2-03"})
  void cachesFailuresBriefly() {
    serve(m -> m.getHeader().setRcode(Rcode.SERVFAIL));
    assertThat(bench.resolve("a.lab").reason()).isEqualTo(Reason.SERVER_FAILURE);
    bench.loop.advance(Duration.ofMillis(4_999));
    assertThat(bench.resolve("a.lab").reason()).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(queries()).isEqualTo(1);
    bench.loop.advance(Duration.ofMillis(1));
    bench.resolve("a.lab");
    assertThat(queries()).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC9520-3.2-05", "RFC2308-7.1-02"})
  void noFailureIsKeptLongerThanFiveMinutes() {
    serve(m -> m.getHeader().setRcode(Rcode.SERVFAIL));
    bench.resolve("a.lab");
    bench.loop.advance(Duration.ofMinutes(5));
    bench.resolve("a.lab");
    assertThat(queries()).isEqualTo(2);
  }

  @Test
  @Requirement("RFC8767-4-05")
  void failureOfOneTypeLeavesTheOtherInPlace() {
    serve(m -> m.addRecord(a("www.lab", 60, "10.0.0.3"), Section.ANSWER));
    bench.resolve("www.lab");
    serve(m -> m.getHeader().setRcode(Rcode.SERVFAIL));
    bench.resolve("www.lab", AddressType.AAAA);
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
  }

  @Test
  @Requirement("RFC9520-5-01")
  void theCacheIsBounded() {
    RecordCache cache = new RecordCache(CacheSettings.DEFAULTS.weight(20_000), bench.loop::now);
    for (int i = 0; i < 10_000; i++) {
      cache.put(RRset.of(List.of(a("n" + i + ".lab", 60, "10.0.0.3")), Trust.ANSWER, bench.loop.now()));
    }
    assertThat(cache.weight()).isBetween(10_000L, 20_000L);
    assertThat(cache.names()).isBetween(20L, 100L);
    assertThat(cache.evictions()).isEqualTo(10_000 - cache.names());
  }

  @Test
  @Requirement("RFC9460-12-02")
  void theCacheCanBeCleared() {
    serve(m -> m.addRecord(a("www.lab", 60, "10.0.0.3"), Section.ANSWER));
    bench.resolve("www.lab");
    bench.resolver.clearCache().subscribe();
    bench.loop.settle();
    bench.resolve("www.lab");
    assertThat(queries()).isEqualTo(2);
  }

  @Test
  void theCacheCanBeSavedAndLoadedIntoAnotherResolver() {
    serve(m -> m.addRecord(a("www.lab", 60, "10.0.0.3"), Section.ANSWER));
    bench.resolve("www.lab");
    List<String> dump = bench.resolver.dumpCache().collectList().block();
    assertThat(dump).containsExactly("www.lab. 60 IN A 10.0.0.3 ; ANSWER 1");
    bench.resolver = bench.resolver.retries(1); // a copy, whose cache is empty
    assertThat(bench.resolver.loadCache(Duration.ofSeconds(20), Flux.fromIterable(dump)).block())
        .isEqualTo(new DnsCacheLoad(1, 0, 0));
    assertThat(bench.resolve("www.lab").value().timeToLive()).isEqualTo(Duration.ofSeconds(40));
    assertThat(queries()).isEqualTo(1);
    assertThat(bench.resolver.loadCache(Duration.ofSeconds(60), Flux.just(dump.getFirst(), "x")).block())
        .isEqualTo(new DnsCacheLoad(0, 1, 1));
    assertThatThrownBy(() -> bench.resolver.loadCache(Duration.ofSeconds(-1), Flux.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
