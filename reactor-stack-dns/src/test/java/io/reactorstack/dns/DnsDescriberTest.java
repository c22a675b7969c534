package io.reactorstack.dns;

import static io.reactorstack.dns.FakeServers.a;
import static io.reactorstack.dns.FakeServers.cname;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.wire.DnsCodec;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.telemetry.Describer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class DnsDescriberTest {

  private final byte[] query = DnsCodec.query(7, new Question(FakeServers.name("www.example.lab"), Type.A), true, null);
  private final Message answer = FakeServers.response(FakeServers.decode(query));

  private String told() {
    return DnsDescriber.describe(answer.toWire()).orElseThrow();
  }

  @Test
  void describesQueriesAndAnswersInOneLine() {
    assertThat(DnsDescriber.describe(query)).contains("query A www.example.lab");
    assertThat(told()).isEqualTo("answer no data A www.example.lab");
    answer.addRecord(a("web.example.lab", 60, "10.0.0.3"), Section.ANSWER);
    assertThat(told()).isEqualTo("answer A 10.0.0.3 ttl 60");
    answer.addRecord(cname("www.example.lab", 30, "web.example.lab"), Section.ANSWER);
    assertThat(told()).isEqualTo("answer A 10.0.0.3 ttl 60, CNAME web.example.lab ttl 30");
    for (int i = 0; i < 5; i++) {
      answer.addRecord(a("web.example.lab", 60, "10.0.1." + i), Section.ANSWER);
    }
    assertThat(told()).endsWith("ttl 60, 3 more");
  }

  @Test
  void implementsTheDescriberOfAStory() {
    Describer udp = DnsDescriber::describe;
    Describer tcp = DnsDescriber::describeSegment;
    assertThat(udp.describe(query)).contains("query A www.example.lab");
    assertThat(tcp.describe(query)).isEmpty();
  }

  @Test
  void describesErrorsAndTruncation() {
    answer.getHeader().setRcode(Rcode.NXDOMAIN);
    assertThat(told()).isEqualTo("answer NXDOMAIN A www.example.lab");
    answer.getHeader().setFlag(Flags.TC);
    assertThat(told()).isEqualTo("answer truncated A www.example.lab");
  }

  @Test
  void describesReferrals() {
    answer.addRecord(new NSRecord(FakeServers.name("example.lab"), DClass.IN, 60, FakeServers.name("ns.example.lab")),
        Section.AUTHORITY);
    assertThat(told()).isEqualTo("referral to example.lab for A www.example.lab");
    answer.getHeader().setFlag(Flags.AA);
    assertThat(told()).isEqualTo("answer no data A www.example.lab");
  }

  @Test
  void octetsThatAreNoMessageHaveNoDescription() {
    assertThat(DnsDescriber.describe(new byte[] {1, 2, 3})).isEmpty();
  }

  @Test
  void describesTheMessageAtTheStartOfASegment() {
    byte[] framed = new byte[query.length + 5];
    framed[1] = (byte) query.length;
    System.arraycopy(query, 0, framed, 2, query.length);
    assertThat(DnsDescriber.describeSegment(framed)).contains("query A www.example.lab");
    assertThat(DnsDescriber.describeSegment(Arrays.copyOf(framed, query.length + 1))).isEmpty();
    assertThat(DnsDescriber.describeSegment(new byte[1])).isEmpty();
  }
}
