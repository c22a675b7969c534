package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The DHCP client on a TAP against ISC's server Kea. */
@RequiresNetAdmin
@Timeout(180)
class KeaTest {

  private static final Duration LIMIT = Duration.ofSeconds(40);

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final String name = NetworkNamespace.uniqueInterfaceName();
  private final List<DhcpStatus> states = new CopyOnWriteArrayList<>();
  private NetworkStack stack;

  @BeforeAll
  static void requireKea() {
    ExternalCommand.require("kea-dhcp4");
  }

  @AfterEach
  void stop() {
    if (stack != null) {
      stack.stop().block(LIMIT);
      FrameBalance.assertBalanced(stack);
    }
    namespace.close();
  }

  /**
   * Starts Kea with leases of 60 s that are renewed after {@code renew} seconds.
   *
   * @param leases the leases that it knows, as lines of its database
   */
  private NetworkNamespace.Server serve(int renew) throws IOException {
    return serve(renew, "");
  }

  private NetworkNamespace.Server serve(int renew, String leases) throws IOException {
    Path folder = namespace.folder();
    Path file = Files.writeString(folder.resolve("leases.csv"), """
        address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context
        """ + leases);
    Path conf = Files.writeString(folder.resolve("kea.conf"), """
        { "Dhcp4": {
          "interfaces-config": { "interfaces": [ "tap0" ] },
          "lease-database": { "type": "memfile", "persist": true, "name": "FILE", "lfc-interval": 0 },
          "valid-lifetime": 60, "renew-timer": RENEW, "rebind-timer": 50, "authoritative": true,
          "subnet4": [ { "subnet": "10.81.0.0/24", "pools": [ { "pool": "10.81.0.100 - 10.81.0.101" } ],
            "option-data": [
              { "name": "routers", "data": "10.81.0.1" },
              { "name": "domain-name-servers", "data": "10.81.0.53, 10.81.0.54" },
              { "name": "domain-name", "data": "example.test" },
              { "name": "domain-search", "data": "a.example.test, b.example.test, example.org" },
              { "name": "interface-mtu", "data": "1400" } ] } ],
          "loggers": [ { "name": "kea-dhcp4", "severity": "DEBUG", "debuglevel": 50,
            "output_options": [ { "output": "stdout" } ] } ] } }
        """.replace("RENEW", Integer.toString(renew)).replace("FILE", file.toString()));
    // The server keeps its lock and its process id in folders that a test must not share.
    NetworkNamespace.Server server = namespace.start("env", "KEA_LOCKFILE_DIR=" + folder, "KEA_PIDFILE_DIR=" + folder,
        "kea-dhcp4", "-c", conf.toString());
    namespace.await("start of Kea", () -> server.output().contains("DHCP4_STARTED"));
    return server;
  }

  private void start(UnaryOperator<StackConfiguration> change) {
    stack = change.apply(NetworkStack.create().device(TapDevice.named(name))).startNow();
    stack.dhcp(name).status().subscribe(states::add);
    namespace.adopt(name, "tap0", "10.81.0.1/24");
  }

  private void start(boolean checks) {
    start(stack -> stack.dhcp(name, dhcp -> dhcp.withAddressCheck(checks).withHostName("client")));
  }

  @Test
  void getsAndRenewsALease() throws IOException {
    start(true);
    NetworkNamespace.Server kea = serve(4);
    stack.configured(LIMIT).block(LIMIT);
    DhcpLease lease = stack.dhcp(name).lease().block(LIMIT);
    assertThat(lease.address()).isEqualTo(IpPrefix.parse("10.81.0.100/24"));
    assertThat(lease.duration()).isEqualTo(Duration.ofSeconds(60));
    assertThat(lease.dnsServers()).hasToString("[10.81.0.53, 10.81.0.54]");
    assertThat(lease.domainName()).isEqualTo("example.test");
    assertThat(lease.domainSearch()).containsExactly("a.example.test", "b.example.test", "example.org");
    assertThat(lease.interfaceMtu()).isEqualTo(1400);
    assertThat(stack.icmp().ping(IpAddress.parse("10.81.0.1")).block(LIMIT)).isNotNull();
    // T1 is four seconds, by the server's choice.
    namespace.await("two renewals", () -> kea.output().split("DHCP4_LEASE_ALLOC").length >= 4);
    assertThat(states).extracting(DhcpStatus::phase).contains(DhcpStatus.Phase.RENEWING);
    assertThat(states.getLast().cause()).isEqualTo(DhcpStatus.Cause.NONE);
    stack.dhcp(name).release().block(LIMIT);
    namespace.await("release", () -> kea.output().contains("DHCP4_RELEASE"));
  }

  @Test
  void anAddressThatTheServerDoesNotKnowIsRefused() throws IOException {
    start(stack -> stack.dhcp(name, dhcp -> dhcp.withAddressCheck(false)
        .withPreviousAddress(Ipv4Address.parse("10.99.0.5"))));
    serve(30);
    stack.configured(LIMIT).block(LIMIT);
    assertThat(states).anyMatch(state -> state.cause() == DhcpStatus.Cause.REFUSED);
    assertThat(states.getLast().lease().address()).isEqualTo(IpPrefix.parse("10.81.0.100/24"));
  }

  @Test
  void aServerThatHasForgottenTheLeaseRefusesTheRenewal() throws IOException {
    start(false);
    NetworkNamespace.Server first = serve(30);
    stack.configured(LIMIT).block(LIMIT);
    first.close();
    // The second server has another client at the address.
    long end = System.currentTimeMillis() / 1000 + 3000;
    NetworkNamespace.Server second = serve(30,
        "10.81.0.100,02:00:00:00:81:99,,3000," + end + ",1,0,0,,0,\n");
    stack.dhcp(name).renew().block(LIMIT);
    namespace.await("a refusal", () -> states.stream().anyMatch(state -> state.cause() == DhcpStatus.Cause.REFUSED));
    namespace.await("another address", () -> states.getLast().phase() == DhcpStatus.Phase.BOUND
        && states.getLast().lease().address().equals(IpPrefix.parse("10.81.0.101/24")));
    assertThat(second.output()).contains("DHCPNAK");
  }

  @Test
  @Tag("long")
  void anAddressInUseIsDeclinedAndTheNextOneUsed() throws IOException {
    start(true);
    NetworkNamespace.Server kea = serve(30);
    // The kernel has the first address of the pool.
    namespace.run("ip", "address", "add", "10.81.0.100/24", "dev", "tap0").orThrow();
    namespace.await("a decline", () -> kea.output().contains("DHCP4_DECLINE_LEASE"));
    stack.configured(LIMIT).block(LIMIT);
    assertThat(states.getLast().lease().address()).isEqualTo(IpPrefix.parse("10.81.0.101/24"));
    assertThat(states).anyMatch(state -> state.cause() == DhcpStatus.Cause.CONFLICT);
  }
}
