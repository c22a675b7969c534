package io.reactorstack.dns;

import static io.reactorstack.dns.FakeServers.a;
import static io.reactorstack.dns.FakeServers.answering;
import static io.reactorstack.dns.ResolverBench.S1;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/**
 * Tests that OPT records concern one exchange only. (A forwarder that only relays messages, as RFC 5625 describes, passes
 * them on unread.)
 */
class OptRecordTest {

  private final ResolverBench bench = new ResolverBench(S1);

  private List<Object> query(String name, RecordType type) {
    List<Object> outcome = new ArrayList<>();
    bench.resolver.query(name, type).subscribe(outcome::add, outcome::add);
    bench.loop.runUntilIdle(Duration.ofMinutes(1));
    return outcome;
  }

  private static void addAddressAndOpt(Message answer) {
    if (answer.getQuestion().getType() == RecordType.A.number()) {
      answer.addRecord(a("www.lab", 600, "192.0.2.7"), Section.ANSWER);
      // As a record it would have a time to live of 32768 s.
      answer.addRecord(new OPTRecord(1232, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
      answer.addRecord(new OPTRecord(1232, 0, 0, ExtendedFlags.DO), Section.AUTHORITY);
      answer.addRecord(new OPTRecord(1232, 0, 0, ExtendedFlags.DO), Section.ANSWER);
    } else {
      answer.getHeader().setRcode(Rcode.NXDOMAIN);
    }
  }

  @Test
  @Requirement({"RFC6891-6.1.1-03", "RFC6891-6.2.1-01"})
  void anOptRecordIsNeitherCachedNorPartOfAnAnswer() {
    bench.net.overUdp(S1, answering(OptRecordTest::addAddressAndOpt));
    for (int i = 0; i < 2; i++) {
      assertThat(query("www.lab", RecordType.A)).singleElement().isInstanceOfSatisfying(DnsResponse.class,
          response -> assertThat(response.records()).hasSize(1).allMatch(one -> one.type().equals(RecordType.A)));
    }
    assertThat(bench.net.asked).as("the second answer is from the cache").hasSize(1);
    assertThat(query(".", new RecordType(41))).singleElement().isInstanceOf(DnsException.class);
    assertThat(bench.net.asked).as("the cache has no OPT record").hasSize(2);
  }
}
