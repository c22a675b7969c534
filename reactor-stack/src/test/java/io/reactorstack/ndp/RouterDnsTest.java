package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.dnsServers;
import static io.reactorstack.ndp.NdpStation.link;
import static io.reactorstack.ndp.NdpStation.searchDomain;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.host.Hosts;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** DNS servers and search domains from router advertisements (RFC 8106). */
class RouterDnsTest {

  private static List<String> servers(NdpStation station) {
    return station.stack.dns().servers().stream().map(Object::toString).toList();
  }

  @Test
  @Requirement({"RFC8106-1.2-01", "RFC8106-5.3.1-01", "RFC8106-5.3.1-04"})
  void serversAndDomainsAreTakenInTheirOrder() {
    try (NdpStation station = NdpStation.discovering()) {
      List<DnsConfiguration> changes = new ArrayList<>();
      station.stack.dnsChanges().subscribe(changes::add);
      station.router("", 1800, link(1, PEER_MAC), dnsServers(600, "2001:db8::53", "2001:db8::54", "2001:db8::55"),
          searchDomain(600, "example.lab"), dnsServers(600, "2001:db8::56"), searchDomain(600, "second.lab"));
      assertThat(servers(station))
          .containsExactly("2001:db8::53", "2001:db8::54", "2001:db8::55", "2001:db8::56");
      assertThat(station.stack.dns().searchDomains()).containsExactly("example.lab", "second.lab");
      assertThat(changes).hasSize(2).last().isEqualTo(station.stack.dns());
      assertThat(station.status().dnsServers()).hasSize(4);
    }
  }

  @Test
  @Requirement({"RFC8106-5.1-01", "RFC8106-5.2-01"})
  void theyEndWithTheirLifetimesOrWhenTheyAreWithdrawn() {
    try (NdpStation station = NdpStation.discovering()) {
      station.router("", 1800, dnsServers(100, "2001:db8::53"), dnsServers(200, "2001:db8::54"),
          searchDomain(100, "example.lab"), searchDomain(200, "second.lab"));
      station.at(100_001);
      assertThat(servers(station)).containsExactly("2001:db8::54");
      assertThat(station.stack.dns().searchDomains()).containsExactly("second.lab");
      station.router("", 1800, dnsServers(0, "2001:db8::54"), searchDomain(0, "second.lab"));
      assertThat(station.stack.dns()).isEqualTo(DnsConfiguration.NONE);
    }
  }

  @Test
  void theListIsBoundedAndKeepsWhatLastsLongest() {
    try (NdpStation station = NdpStation.discovering()) {
      for (int i = 1; i <= 1000; i++) {
        station.router("", 1800, dnsServers(100 + i, "2001:db8::" + Integer.toHexString(i)));
      }
      station.router("", 1800, dnsServers(600, "ff02::1", "::", "::1"));
      assertThat(servers(station)).hasSize(8).contains("2001:db8::3e8");
    }
  }

  @Test
  @Requirement("RFC8106-5.1-02")
  void aLinkLocalServerIsReachedOnItsLink() {
    try (NdpStation station = NdpStation.discovering()) {
      var device = new TestDevice(
          station.loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse("02:00:00:00:00:0e"), 1500));
      NetworkStack two = NetworkStack.create().runOn(station.loop).random(new Random(1))
          .ipv6(settings -> settings.withDuplicateAddressDetection(0).withRouterDiscovery(false))
          .device("eth0", any -> new TestDevice(
              station.loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse("02:00:00:00:00:0f"), 1500)),
              "fe80::e0/64")
          .device("eth1", any -> device).slaac().startNow();
      station.loop.settle();
      byte[] options = Packets.concat(new byte[8], dnsServers(600, "fe80::53"));
      byte[] packet = Packets.ipv6("fe80::1", "ff02::1", 58,
          Packets.icmpv6("fe80::1", "ff02::1", 134, 0, 1800, options));
      packet[7] = (byte) 255;
      device.inject(Packets.ethernet("33:33:00:00:00:01", PEER_MAC, 0x86dd, packet));
      station.loop.settle();
      var ip = Hosts.of(two).owner().ip();
      var found = Objects.requireNonNull(ip.destination(io.reactorstack.packet.IpAddress.parse("fe80::53")));
      assertThat(found.networkInterface().name()).isEqualTo("eth1");
      assertThat(found.nextHop()).hasToString("fe80::53");
      two.dispose();
      station.loop.settle();
    }
  }
}
