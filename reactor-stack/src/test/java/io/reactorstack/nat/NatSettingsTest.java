package io.reactorstack.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.PortRange;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The settings of a translator reject wrong values, and change one value at a time. */
class NatSettingsTest {

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  private static Endpoint endpoint(String address, int port) {
    return new Endpoint(IpAddress.parse(address), port);
  }

  @Test
  void timeoutsAreAtLeastThoseOfTheRfcs() {
    NatTimeouts timeouts = NatTimeouts.DEFAULT;
    refused(() -> timeouts.withUdp(Duration.ofSeconds(119)), "udp 119 s is out of range: 2 min to 365 d");
    refused(() -> timeouts.withIcmp(Duration.ofSeconds(59)), "icmp 59 s is out of range: 1 min to 365 d");
    refused(() -> timeouts.withTcpEstablished(Duration.ofHours(2)),
        "tcpEstablished 2 h is out of range: 124 min to 365 d");
    refused(() -> timeouts.withTcpClosing(Duration.ofSeconds(239)), "tcpClosing 239 s is out of range: 4 min to 365 d");
    refused(() -> timeouts.withTcpOpening(Duration.ZERO), "tcpOpening 0 s is out of range: 1 s to 365 d");
  }

  @Test
  void limitsArePositive() {
    NatLimits limits = NatLimits.DEFAULT;
    refused(() -> limits.withMappings(0, 1), "mappings 0 is out of range: 1 to 2147483647 mappings");
    refused(() -> limits.withMappings(1, 0), "mappingsOfHost 0 is out of range: 1 to 2147483647 mappings");
    refused(() -> limits.withSessions(0, 1), "sessions 0 is out of range: 1 to 2147483647 sessions");
    refused(() -> limits.withSessions(1, 0), "sessionsOfHost 0 is out of range: 1 to 2147483647 sessions");
    refused(() -> limits.withDatagrams(0), "datagrams 0 is out of range: 1 to 2147483647 datagrams");
    refused(() -> limits.withHeldOctets(2047), "heldOctets 2047 is out of range: 2048 to 2147483647 octets");
  }

  @Test
  void portsAndPrefixesAreChecked() {
    NatSettings settings = NatSettings.DEFAULT;
    refused(() -> settings.withPortRange(new PortRange(1023, 2000)),
        "first port 1023 is out of range: 1024 to 65535 (port)");
    refused(() -> settings.withQuarantine(Duration.ofDays(366)), "quarantine 366 d is out of range: 0 s to 365 d");
    refused(() -> settings.withInside(List.of(IpPrefix.parse("2001:db8::/32"))),
        "inside 2001:db8::/32 is not an IPv4 prefix");
  }

  @Test
  void forwardingsAreChecked() {
    Endpoint server = endpoint("10.0.0.2", 80);
    refused(() -> NatForwarding.of(NatProtocol.ICMP, 80, server), "protocol ICMP has no ports to forward");
    refused(() -> NatForwarding.of(NatProtocol.TCP, 0, server), "port of outside 0 is out of range: 1 to 65535 (port)");
    refused(() -> NatForwarding.of(NatProtocol.TCP, 80, endpoint("10.0.0.2", 0)),
        "port of inside 0 is out of range: 1 to 65535 (port)");
    refused(() -> NatForwarding.of(NatProtocol.TCP, 80, endpoint("0.0.0.0", 80)), "inside 0.0.0.0:80 names no host");
    refused(() -> NatForwarding.of(NatProtocol.TCP, 80, endpoint("2001:db8::1", 80)),
        "inside [2001:db8::1]:80 is not an IPv4 address of a host");
    refused(() -> NatForwarding.of(NatProtocol.TCP, 80, endpoint("224.0.0.1", 80)),
        "inside 224.0.0.1:80 is not an IPv4 address of a host");
    assertThat(NatForwarding.of(NatProtocol.TCP, 80, server)).hasToString("TCP 0.0.0.0:80 > 10.0.0.2:80");
  }

  @Test
  void theHostOfAForwardingIsInside() {
    NatForwarding web = NatForwarding.of(NatProtocol.TCP, 80, endpoint("10.0.0.2", 80));
    NatSettings settings = NatSettings.DEFAULT.withInside(List.of(IpPrefix.parse("192.168.0.0/16")));
    String message = "the host of forwarding TCP 0.0.0.0:80 > 10.0.0.2:80 is not inside: [192.168.0.0/16]";
    refused(() -> settings.withForwardings(List.of(web)), message);
    refused(() -> settings.check(web), message);
    assertThat(settings.isInside(IpAddress.parse("192.168.7.7"))).isTrue();
    assertThat(settings.isInside(IpAddress.parse("10.0.0.2"))).isFalse();
    assertThat(NatSettings.DEFAULT.isInside(IpAddress.parse("10.0.0.2"))).isTrue();
  }

  @Test
  void eachMethodChangesOneValue() {
    NatForwarding web = NatForwarding.of(NatProtocol.TCP, 80, endpoint("10.0.0.2", 80));
    NatSettings settings = NatSettings.DEFAULT
        .withInside(List.of(IpPrefix.parse("10.0.0.0/8")))
        .withFiltering(NatFiltering.ENDPOINT_INDEPENDENT)
        .withTimeouts(NatTimeouts.DEFAULT.withUdp(Duration.ofMinutes(9)))
        .withLimits(NatLimits.DEFAULT.withDatagrams(9))
        .withPortRange(new PortRange(2000, 3000)).withParity(false).withQuarantine(Duration.ofSeconds(9))
        .withForwardings(List.of(web)).withRefreshFromOutside(true).withUnsolicitedSynAnswered(false);
    assertThat(settings).isEqualTo(new NatSettings(List.of(IpPrefix.parse("10.0.0.0/8")),
        NatFiltering.ENDPOINT_INDEPENDENT,
        new NatTimeouts(Duration.ofMinutes(9), Duration.ofMinutes(1), Duration.ofMinutes(4), Duration.ofMinutes(124),
            Duration.ofMinutes(4)),
        new NatLimits(100_000, 4096, 200_000, 8192, 9, 262_144),
        new NatSettings.Ports(new PortRange(2000, 3000), false, Duration.ofSeconds(9)), List.of(web), true, false));
  }
}
