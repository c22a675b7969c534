package io.reactorstack.dns;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.record.RecordData;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.server.DnsForwarder;
import io.reactorstack.dns.server.RecursiveServer;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.lab.Lab;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.SetterWalk;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Checks that every public setter of the resolver and the zone server rejects wrong values when it is called. */
class SettingsTest {

  private final Lab lab = Lab.virtual(9);
  private final NetworkStack stack = lab.host("host").address("10.0.0.1/24").connectTo(lab.newSwitch("lan")).stack();

  @AfterEach
  void closeLab() {
    lab.close();
  }

  @Test
  void everySetterRejectsWrongValuesWithAHelpfulMessage() {
    SetterWalk.over(DnsResolver.class)
        .instance(DnsResolver.class, () -> DnsResolver.create(stack))
        .instance(Zone.class, () -> Zone.of("example.lab"))
        .instance(ZoneServer.class, () -> ZoneServer.create(stack))
        .instance(DnsForwarder.class, () -> DnsForwarder.create(stack))
        .instance(RecursiveServer.class, () -> RecursiveServer.create(stack, DnsResolver.create(stack)))
        .sample(DnsResolver.class, () -> DnsResolver.create(stack))
        .sample(NetworkStack.class, () -> stack)
        .sample(IpPrefix[].class, () -> new IpPrefix[] {IpPrefix.parse("10.0.0.0/24")})
        .sample(Supplier.class, () -> () -> Zone.of("example.lab"))
        .sample(int.class, () -> 1)
        .sample(RecordType.class, () -> RecordType.TXT)
        .sample(RecordData.class, () -> new RecordData.Txt(List.of("text")))
        .sample(Collection.class, List::of)
        .sample(Reader.class, () -> new StringReader(""))
        .sample(Path.class, () -> Path.of("example.zone"))
        .sample(IpAddress.class, () -> IpAddress.parse("10.0.0.2"))
        .sample("Zone.delegate(glue)", () -> new IpAddress[0])
        .sample("Zone.delegate(nameServer)", () -> "ns.example.net.")
        .sample(String.class, () -> "www")
        .sample(String[].class, () -> new String[] {"example.lab"})
        .sample(IpAddress[].class, () -> new IpAddress[] {IpAddress.parse("10.0.0.2")})
        .outside("returns text only, has no settings", "DnsDescriber")
        .outside("a result of the resolver, not a setting", "HostAddresses", "DnsResponse", "DnsCacheStatistics",
            "DnsCacheLoad")
        .outside("results of the resolver, not settings", "io.reactorstack.dns.outcome")
        .outside("values of records; RecordsTest checks them", "io.reactorstack.dns.record")
        .sample(Map.class, () -> Map.of("a.root", List.of(IpAddress.parse("10.0.0.2"))))
        .sample(IpAddress.class, () -> IpAddress.parse("10.0.0.2"))
        .valid("zero is no stale data", "DnsResolver.serveStale(maxAge=zero)")
        .valid("zero is a valid number", "DnsResolver.cacheSize(octets=0)", "DnsResolver.retries(retries=0)",
            "DnsForwarder.retries(retries=0)", "Zone.mail(preference=0)", "Zone.service(priority=0)",
            "Zone.service(weight=0)", "Zone.service(port=0)", "DnsResolver.searchDomains(ndots=0)")
        .valid("zero is a valid time to live: not cached", "DnsResolver.cacheMaxTimeToLive(timeToLive=zero)",
            "DnsResolver.cacheMaxNegativeTimeToLive(timeToLive=zero)", "Zone.timeToLive(timeToLive=zero)",
            "Zone.negativeTimeToLive(timeToLive=zero)")
        .walk();
  }

  @Test
  void elementsOfCollectionsAreCheckedToo() {
    DnsResolver resolver = DnsResolver.create(stack);
    assertThatThrownBy(() -> resolver.servers(List.of(new Endpoint(IpAddress.parse("10.0.0.53"), 0))))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("port").hasMessageContaining("1 to 65535");
    assertThatThrownBy(() -> resolver.hosts(Map.of(" ", List.of(IpAddress.parse("10.0.0.2")))))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("hosts");
    assertThatThrownBy(() -> resolver.hosts((Reader) null))
        .isInstanceOf(NullPointerException.class).hasMessageContaining("hosts");
    assertThatThrownBy(() -> resolver.queryTimeout(Duration.ofSeconds(Long.MAX_VALUE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("queryTimeout 9223372036854775807 s is out of range: 1 ms to 1 h");
  }
}
