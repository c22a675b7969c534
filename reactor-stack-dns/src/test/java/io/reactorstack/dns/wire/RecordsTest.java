package io.reactorstack.dns.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordData;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.record.SvcParameters;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Tests that records are the same value before and after the codec. */
class RecordsTest {

  private static DnsRecord of(RecordType type, RecordData data) {
    return new DnsRecord("Host.example.test", type, Duration.ofSeconds(300), data);
  }

  static Stream<DnsRecord> records() {
    return Stream.of(
        of(RecordType.A, new RecordData.Address(IpAddress.parse("192.0.2.1"))),
        of(RecordType.AAAA, new RecordData.Address(IpAddress.parse("2001:db8::1"))),
        of(RecordType.CNAME, new RecordData.Target("Other.example.test")),
        of(RecordType.NS, new RecordData.Target("ns.example.test")),
        of(RecordType.PTR, new RecordData.Target("a\\.b.example.test")),
        of(RecordType.DNAME, new RecordData.Target("elsewhere.test")),
        of(RecordType.MX, new RecordData.Mx(10, "mail.example.test")),
        of(RecordType.MX, new RecordData.Mx(0, ".")),
        of(RecordType.SRV, new RecordData.Srv(1, 2, 65535, "host.example.test")),
        of(RecordType.TXT, new RecordData.Txt(List.of("v=spf1 -all", "with \"quotes\" and \\ and ü"))),
        of(RecordType.CAA, new RecordData.Caa(128, "issue", "ca.test; policy=ev")),
        of(RecordType.SOA, new RecordData.Soa("ns.test", "root.test", 4294967295L, 1, 2, 3, 4)),
        of(RecordType.SVCB, new RecordData.Svcb(0, "alias.test", SvcParameters.NONE)),
        of(RecordType.HTTPS, new RecordData.Svcb(1, ".", SvcParameters.NONE.withAlpn("h2", "a,b\\c")
            .withMandatory(Set.of(1, 3)).withPort(8443).with(2, new byte[0]).with(667, new byte[] {1, ' ', '"', -1})
            .withHints(IpAddress.parse("192.0.2.1"), IpAddress.parse("192.0.2.2"), IpAddress.parse("2001:db8::1")))),
        of(RecordType.of(65280), RecordData.Other.of(new byte[] {1, 2, 3, -1})),
        of(RecordType.of(65280), RecordData.Other.of(new byte[0])));
  }

  @ParameterizedTest
  @MethodSource("records")
  @Requirement("RFC3597-3-02")
  void recordsAreTheSameAfterTheWire(DnsRecord record) throws IOException {
    Record coded = Record.fromWire(Records.coded(record).toWire(Section.ANSWER), Section.ANSWER);
    assertThat(Records.value(coded, coded.getTTL())).isEqualTo(record);
    assertThat(Records.coded(Records.value(coded, coded.getTTL()))).isEqualTo(coded);
  }

  @Test
  void dataOfAnotherTypeIsRefused() {
    DnsRecord wrong = of(RecordType.MX, new RecordData.Address(IpAddress.parse("192.0.2.1")));
    assertThatThrownBy(() -> Records.coded(wrong)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MX").hasMessageContaining("192.0.2.1");
  }

  @Test
  void namesOfOtherTypesKeepTheirCase() throws IOException {
    Record naptr = Record.fromString(Name.fromString("a.test."), RecordType.NAPTR.number(), DClass.IN, 60,
        "10 20 \"u\" \"E2U+sip\" \"!^.*$!sip:x@y!\" Other.TEST.", Name.root);
    RecordData.Other data = (RecordData.Other) Records.data(naptr);
    assertThat(data.text()).endsWith("Other.TEST.");
    assertThat(Records.coded(Records.value(naptr, 60)).rdataToString()).endsWith("Other.TEST.");
  }

  @Test
  void typesHaveNamesAndNumbers() {
    assertThat(RecordType.of("mx")).isEqualTo(RecordType.MX);
    assertThat(RecordType.of("TYPE65280")).isEqualTo(RecordType.of(65280)).hasToString("TYPE65280");
    assertThatThrownBy(() -> RecordType.of("nothing")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> RecordType.of(65536)).isInstanceOf(IllegalArgumentException.class);
  }
}
