package io.reactorstack.dns.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordData;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The records that a zone accepts, and the rules that it checks when they are added. */
class ZoneTest {

  private static final IpAddress ADDRESS = IpAddress.parse("10.0.0.4");
  private static final Zone LAB = Zone.of("lab");

  private static List<String> records(Zone zone) {
    return zone.records().stream().map(Object::toString).toList();
  }

  private static void refused(Zone zone, Function<Zone, Zone> step, String message) {
    assertThatThrownBy(() -> step.apply(zone)).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  @Test
  void hasAShortFormForCommonRecords() {
    assertThat(records(LAB
        .address("www", ADDRESS, IpAddress.parse("2001:db8::4"))
        .alias("web", "www")
        .mail("@", 10, "mx.example.net.")
        .text("@", "v=spf1 -all", "say \"hi\"")
        .service("_ldap._tcp", 1, 2, 389, "www")
        .dname("old", "lab")
        .delegate("sub", "ns.sub", ADDRESS)
        .delegate("sub", "ns.example.net.")
        .timeToLive(Duration.ofSeconds(5))
        .record("@", RecordType.CAA, new RecordData.Caa(0, "issue", "ca.example.net")))).containsExactly(
            "lab. 30 IN SOA ns.lab. hostmaster.lab. 1 3600 600 86400 30",
            "lab. 5 IN NS ns.lab.",
            "lab. 60 IN MX 10 mx.example.net.",
            "lab. 60 IN TXT \"v=spf1 -all\" \"say \\\"hi\\\"\"",
            "lab. 5 IN CAA 0 issue \"ca.example.net\"",
            "_ldap._tcp.lab. 60 IN SRV 1 2 389 www.lab.",
            "old.lab. 60 IN DNAME lab.lab.",
            "sub.lab. 60 IN NS ns.sub.lab.",
            "sub.lab. 60 IN NS ns.example.net.",
            "ns.sub.lab. 60 IN A 10.0.0.4",
            "web.lab. 60 IN CNAME www.lab.",
            "www.lab. 60 IN A 10.0.0.4",
            "www.lab. 60 IN AAAA 2001:db8::4");
  }

  @Test
  void aPointerIsInTheZoneOfItsAddress() {
    assertThat(records(Zone.of("0.0.10.in-addr.arpa").pointer(ADDRESS, "www.lab")))
        .contains("4.0.0.10.in-addr.arpa. 60 IN PTR www.lab.");
    refused(LAB, zone -> zone.pointer(ADDRESS, "www.lab"), "4.0.0.10.in-addr.arpa. is not in the zone lab.");
  }

  @Test
  void ownSoaAndServersReplaceTheGeneratedOnes() {
    Zone own = LAB.nameServer("a").nameServer("b.example.net.");
    assertThat(records(own)).containsExactly(
        "lab. 30 IN SOA a.lab. hostmaster.lab. 1 3600 600 86400 30",
        "lab. 60 IN NS a.lab.",
        "lab. 60 IN NS b.example.net.");
    RecordData.Soa soa = new RecordData.Soa("a.lab", "me.lab", 7, 1, 2, 3, 4);
    assertThat(records(own.record("@", RecordType.SOA, soa)))
        .contains("lab. 60 IN SOA a.lab. me.lab. 7 1 2 3 4").hasSize(3);
    Zone twice = own.record("@", RecordType.SOA, soa).record("@", RecordType.SOA, soa);
    assertThat(records(twice)).as("a transferred zone starts and ends with the record").hasSize(3);
    RecordData.Soa next = new RecordData.Soa("a.lab", "me.lab", 8, 1, 2, 3, 4);
    refused(twice, zone -> zone.record("@", RecordType.SOA, next), "the zone lab. has another SOA record already");
    refused(own, zone -> zone.record("x", RecordType.SOA, soa), "the SOA record of the zone lab. is not at x.lab.");
  }

  @Test
  void takesRecordsWithTheirOwnTimeToLiveAllOrNone() {
    DnsRecord good = new DnsRecord("www.lab", RecordType.A, Duration.ofSeconds(9), new RecordData.Address(ADDRESS));
    DnsRecord unknown = new DnsRecord("x.lab", RecordType.of(65280), Duration.ofSeconds(8),
        RecordData.Other.of(new byte[] {1, 2}));
    assertThat(records(LAB.records(List.of(good, unknown))))
        .contains("www.lab. 9 IN A 10.0.0.4", "x.lab. 8 IN TYPE65280 \\# 2 0102");
    DnsRecord elsewhere = new DnsRecord("www.test", RecordType.A, Duration.ZERO, new RecordData.Address(ADDRESS));
    refused(LAB, zone -> zone.records(List.of(good, elsewhere)), "www.test. is not in the zone lab.");
    refused(LAB, zone -> zone.record("x", RecordType.ANY, RecordData.Other.of(new byte[] {1})),
        "ANY at x.lab. is not a type of data (RFC 6895 section 3.1)");
    assertThatThrownBy(() -> LAB.record("x", RecordType.MX, new RecordData.Address(ADDRESS)))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("not the data of a record of type MX");
  }

  @Test
  void aSetHasOneTimeToLiveAndNoDuplicates() {
    assertThat(records(LAB.address("www", ADDRESS).address("www", IpAddress.parse("10.0.0.5"))
        .timeToLive(Duration.ofSeconds(7)).address("www", ADDRESS)))
        .filteredOn(text -> text.startsWith("www"))
        .containsExactly("www.lab. 7 IN A 10.0.0.4", "www.lab. 7 IN A 10.0.0.5");
  }

  @Test
  void anAliasHasNoOtherDataAndOneTarget() {
    String message = "web.lab. cannot be an alias and have other records (RFC 1034 section 3.6.2)";
    Zone zone = LAB.alias("web", "www");
    refused(zone, z -> z.address("web", ADDRESS), message);
    refused(zone, z -> z.dname("web", "x"), message);
    refused(LAB.text("web", "x"), z -> z.alias("web", "www"), message);
    refused(zone, z -> z.alias("WEB", "x"),
        "WEB.lab. is an alias already, and has one target only (RFC 2181 section 10.1)");
    refused(LAB, z -> z.alias("@", "www.example.net."),
        "lab. cannot be an alias and have other records (RFC 1034 section 3.6.2)");
    assertThat(records(zone.alias("web", "www"))).as("the same record again").hasSize(3);
  }

  @Test
  void nothingIsBelowARedirection() {
    Zone zone = LAB.dname("old", "new");
    refused(zone, z -> z.address("a.b.old", ADDRESS),
        "a.b.old.lab. is below old.lab., which redirects all names below it (RFC 6672 section 2.4)");
    refused(LAB.address("a.b.old", ADDRESS), z -> z.dname("old", "new"),
        "a.b.old.lab. is below old.lab., which redirects all names below it (RFC 6672 section 2.4)");
    refused(zone, z -> z.dname("old", "x"),
        "old.lab. redirects already, and has one target only (RFC 6672 section 2.4)");
    refused(LAB, z -> z.dname("*.old", "x"), "a wildcard cannot redirect: *.old.lab. (RFC 4592 section 4.4)");
    assertThat(records(zone.address("old", ADDRESS))).as("the owner may have other data").hasSize(4);
    assertThat(records(LAB.dname("@", "lab.test.").text("@", "moved"))).as("also at the origin").hasSize(4);
  }

  @Test
  void onlyGlueIsAtOrBelowADelegation() {
    Zone zone = LAB.delegate("sub", "ns.sub", ADDRESS);
    refused(zone, z -> z.text("sub", "x"),
        "sub.lab. is delegated, so its TXT records belong to the delegated zone");
    refused(zone, z -> z.dname("sub", "x"),
        "sub.lab. is delegated, so its DNAME records belong to the delegated zone");
    refused(zone, z -> z.alias("www.sub", "x"),
        "www.sub.lab. is below the delegated zone sub.lab., where this zone has addresses of name servers only");
    refused(LAB.text("x.sub", "x"), z -> z.delegate("sub", "ns.example.net."),
        "x.sub.lab. is below the delegated zone sub.lab., where this zone has addresses of name servers only");
    assertThat(records(zone.record("sub", RecordType.DS, RecordData.Other.of(new byte[] {0, 1, 13, 2, 5})))).hasSize(5);
    refused(zone, z -> z.record("@", RecordType.DS, RecordData.Other.of(new byte[] {0, 1, 13, 2, 5})),
        "the DS records of lab. belong to its parent zone");
  }

  @Test
  void glueIsGivenWhereItIsNeeded() {
    refused(LAB, z -> z.delegate("sub", "ns.sub"),
        "ns.sub.lab. is in the delegated zone sub.lab., so its addresses are needed");
    refused(LAB, z -> z.delegate("sub", "ns.example.net.", ADDRESS),
        "ns.example.net. is not in a delegated zone, so its addresses are not glue of sub.lab.");
    refused(LAB, z -> z.delegate("sub", "ns", ADDRESS),
        "ns.lab. is not in a delegated zone, so its addresses are not glue of sub.lab.");
    refused(LAB, z -> z.delegate("@", "ns", ADDRESS),
        "the zone lab. cannot delegate itself: add its servers with nameServer");
    Zone first = LAB.delegate("one", "ns.one", ADDRESS);
    assertThat(records(first.delegate("two", "ns2.one", ADDRESS))).as("glue of a sibling").hasSize(6);
  }

  @Test
  void aNameMayHaveAnyLetters() {
    assertThat(records(LAB.address("b\u00fccher", ADDRESS).alias("x", "b\u00fccher.lab.")))
        .contains("xn--bcher-kva.lab. 60 IN A 10.0.0.4", "x.lab. 60 IN CNAME xn--bcher-kva.lab.");
    refused(LAB, zone -> zone.address("a..b", ADDRESS), "not a domain name: 'a..b'");
    refused(LAB, zone -> zone.alias("x", "y".repeat(64)), "not a domain name: '" + "y".repeat(64) + "'");
  }

  @Test
  void aTargetMayBeRelativeOrAbsolute() {
    assertThat(records(LAB.alias("a", "b").alias("c", "d.").mail("e", 0, "@").mail("f", 0, ".")))
        .contains("a.lab. 60 IN CNAME b.lab.", "c.lab. 60 IN CNAME d.", "e.lab. 60 IN MX 0 lab.",
            "f.lab. 60 IN MX 0 .");
  }
}
