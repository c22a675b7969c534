package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host on a TAP gets its address from dnsmasq. */
@RequiresNetAdmin
@Timeout(120)
class DhcpOnLinuxTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final String name = NetworkNamespace.uniqueInterfaceName();
  private final List<String> addresses = new CopyOnWriteArrayList<>();
  private NetworkStack stack;

  @BeforeAll
  static void requireDnsmasq() {
    ExternalCommand.require("dnsmasq");
  }

  @AfterEach
  void stop() {
    if (stack != null) {
      stack.stop().block(LIMIT);
      FrameBalance.assertBalanced(stack);
    }
    namespace.close();
  }

  private NetworkNamespace.Server serve() {
    NetworkNamespace.Server server = namespace.start("dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--user=root",
        "--port=0", "--interface=tap0", "--bind-interfaces", "--dhcp-authoritative", "--log-dhcp",
        "--dhcp-range=10.78.0.100,10.78.0.100,255.255.255.0,120s", "--dhcp-option=option:dns-server,10.78.0.53",
        "--dhcp-leasefile=" + namespace.folder().resolve("leases"), "--pid-file=");
    namespace.awaitUdpSocket(67);
    return server;
  }

  private void start() {
    stack = UnprobedStack.create().device(TapDevice.named(name))
        .dhcp(name, dhcp -> dhcp.withAddressCheck(false).withHostName("client")).startNow();
    stack.interfaceEvents().subscribe(event -> {
      switch (event) {
        case InterfaceEvent.AddressAdded added -> addresses.add("+" + added.address());
        case InterfaceEvent.AddressRemoved removed -> addresses.add("-" + removed.address());
        default -> {
          // Only addresses are of interest.
        }
      }
    });
    namespace.adopt(name, "tap0", "10.78.0.1/24");
  }

  @Test
  @Requirement({"RFC2131-2-03"})
  void getsRenewsAndGivesBackALease() {
    start();
    NetworkNamespace.Server server = serve();
    stack.configured(LIMIT).block(LIMIT);
    DhcpLease lease = stack.dhcp(name).lease().block(LIMIT);
    assertThat(lease.address()).isEqualTo(IpPrefix.parse("10.78.0.100/24"));
    assertThat(lease.server()).isEqualTo(Ipv4Address.parse("10.78.0.1"));
    assertThat(lease.duration()).isEqualTo(Duration.ofSeconds(120));
    assertThat(lease.dnsServers()).containsExactly(Ipv4Address.parse("10.78.0.53"));
    assertThat(stack.icmp().ping(IpAddress.parse("10.78.0.1")).block(LIMIT)).isNotNull();
    assertThat(server.output()).contains("DHCPDISCOVER(tap0)", "DHCPACK(tap0) 10.78.0.100", "client");

    stack.dhcp(name).renew().block(LIMIT);
    namespace.await("renewal", () -> server.output().split("DHCPACK\\(tap0\\)").length == 3);

    stack.dhcp(name).release().block(LIMIT);
    namespace.await("release", () -> server.output().contains("DHCPRELEASE(tap0) 10.78.0.100"));
    namespace.await("removal", () -> addresses.equals(List.of("+10.78.0.100/24", "-10.78.0.100/24")));
  }

  @Test
  void aServerThatDoesNotKnowTheAddressRefusesIt() {
    stack = UnprobedStack.create().device(TapDevice.named(name))
        .dhcp(name, dhcp -> dhcp.withAddressCheck(false).withPreviousAddress(Ipv4Address.parse("10.99.0.5")))
        .startNow();
    namespace.adopt(name, "tap0", "10.78.0.1/24");
    NetworkNamespace.Server server = serve();
    stack.configured(LIMIT).block(LIMIT);
    assertThat(server.output()).contains("DHCPNAK(tap0) 10.99.0.5", "DHCPACK(tap0) 10.78.0.100");
  }
}
