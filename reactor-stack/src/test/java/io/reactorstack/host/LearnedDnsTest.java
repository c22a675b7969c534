package io.reactorstack.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.event.Ipv6Status;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.DhcpOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** DNS servers and search domains of several interfaces and sources as one list (RFC 8106). */
class LearnedDnsTest {

  private final LearnedDns dns = new LearnedDns();

  private void routers(String name, List<String> servers, String... domains) {
    dns.onEvent(new InterfaceEvent.Ipv6Changed(name, new Ipv6Status(Ipv6Status.Phase.CONFIGURED, List.of(), List.of(),
        servers.stream().map(server -> (Ipv6Address) IpAddress.parse(server)).toList(), List.of(domains), false,
        false)));
  }

  private void lease(String name, @Nullable String server) {
    DhcpLease lease = server == null
        ? null
        : new DhcpLease(IpPrefix.parse("10.0.0.7/24"), Ipv4Address.parse("10.0.0.1"), Duration.ofHours(1),
            DhcpOptions.NONE.withAddress(DhcpOptions.DNS_SERVERS, Ipv4Address.parse(server))
                .withText(DhcpOptions.DOMAIN_NAME, "of.dhcp"));
    dns.onEvent(new InterfaceEvent.DhcpChanged(
        name, new DhcpStatus(DhcpStatus.Phase.BOUND, 0, lease, DhcpStatus.Cause.NONE, null)));
  }

  private Stream<String> servers() {
    return dns.now().servers().stream().map(Object::toString);
  }

  @Test
  @Requirement({"RFC8106-1.2-02", "RFC8106-5.3.1-03", "RFC8106-5.3.1-05"})
  void allSourcesFormOneListWithThoseOfDhcpFirst() {
    routers("eth0", List.of("2001:db8::1", "2001:db8::2"), "of.router", "both");
    lease("eth0", "10.0.0.53");
    routers("eth1", List.of("2001:db8::3", "2001:db8::1"), "both", "second");
    lease("eth1", "10.0.1.53");
    assertThat(servers())
        .containsExactly("10.0.0.53", "10.0.1.53", "2001:db8::1", "2001:db8::2", "2001:db8::3");
    assertThat(dns.now().searchDomains()).containsExactly("of.dhcp", "of.router", "both", "second");
  }

  @Test
  void whatASourceLosesIsNotUsedAnyMore() {
    lease("eth0", "10.0.0.53");
    routers("eth0", List.of("2001:db8::1"));
    routers("eth1", List.of("2001:db8::3"));
    lease("eth0", null);
    assertThat(servers()).containsExactly("2001:db8::1", "2001:db8::3");
    dns.onEvent(new InterfaceEvent.Failed("eth0", new IOException("gone")));
    assertThat(servers()).containsExactly("2001:db8::3");
    routers("eth1", List.of());
    assertThat(dns.now()).isEqualTo(DnsConfiguration.NONE);
  }
}
