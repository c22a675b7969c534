package io.reactorstack.dns;

import static io.reactorstack.dns.FakeServers.a;
import static io.reactorstack.dns.FakeServers.answering;
import static io.reactorstack.dns.FakeServers.cname;
import static io.reactorstack.dns.ResolverBench.S1;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Section;

/** Responses from the cache that are used again. */
class RecentResponsesTest {

  private final ResolverBench bench = new ResolverBench(S1);
  private String address = "10.0.0.1";

  @BeforeEach
  void serve() {
    bench.net.overUdp(S1, answering(m -> {
      String name = m.getQuestion().getName().toString(true);
      if (name.startsWith("alias")) {
        m.addRecord(cname(name, 60, "www.lab"), Section.ANSWER);
        m.addRecord(a("www.lab", 60, address), Section.ANSWER);
      } else {
        m.addRecord(a(name, 60, address), Section.ANSWER);
      }
    }));
  }

  private DnsResponse query(String name) {
    List<DnsResponse> responses = new ArrayList<>();
    bench.resolver.query(name, RecordType.A).subscribe(responses::add);
    bench.loop.settle();
    assertThat(responses).as(name).hasSize(1);
    return responses.getFirst();
  }

  private static List<String> records(DnsResponse response) {
    return response.records().stream().map(DnsRecord::toString).toList();
  }

  @Test
  void aResponseIsUsedAgainUntilItsTimeToLiveChanges() {
    query("www.lab");
    query("www.lab");
    DnsResponse first = query("www.lab");
    assertThat(query("www.lab")).isSameAs(first);
    assertThat(records(first)).containsExactly("www.lab. 60 IN A 10.0.0.1");
    bench.loop.advance(Duration.ofMillis(1500));
    query("www.lab");
    DnsResponse later = query("www.lab");
    assertThat(records(later)).containsExactly("www.lab. 58 IN A 10.0.0.1");
    assertThat(query("www.lab")).isSameAs(later);
    assertThat(bench.net.asked).hasSize(1);
    assertThat(bench.resolver.cacheStatistics().hits()).as("each is counted").isEqualTo(6);
  }

  @Test
  void otherRecordsMakeAnotherResponse() {
    for (int i = 0; i < 4; i++) {
      query("www.lab");
    }
    bench.resolver.clearCache().subscribe();
    bench.loop.settle();
    address = "10.0.0.2";
    assertThat(records(query("www.lab"))).containsExactly("www.lab. 60 IN A 10.0.0.2");
    assertThat(records(query("www.lab"))).containsExactly("www.lab. 60 IN A 10.0.0.2");
    bench.loop.advance(Duration.ofSeconds(61));
    address = "10.0.0.3";
    assertThat(records(query("www.lab"))).as("the old ones have ended").containsExactly("www.lab. 60 IN A 10.0.0.3");
  }

  @Test
  void theSpellingOfTheQuestionIsKept() {
    for (int i = 0; i < 4; i++) {
      query("www.lab");
    }
    assertThat(query("WWW.lab").name()).isEqualTo("WWW.lab");
    assertThat(query("www.lab.").name()).isEqualTo("www.lab");
    assertThat(query("www.lab").name()).isEqualTo("www.lab");
    assertThat(query("alias.lab").aliases()).hasSize(1);
    assertThat(query("alias.lab").canonicalName()).isEqualTo("www.lab");
  }

  @Test
  void moreNamesThanPlacesAreAnswered() {
    for (int round = 0; round < 4; round++) {
      IntStream.range(0, 3000).forEach(i -> assertThat(query("n" + i + ".lab").name()).isEqualTo("n" + i + ".lab"));
    }
    assertThat(bench.net.asked).hasSize(3000);
  }
}
