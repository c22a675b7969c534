package io.reactorstack.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.resolver.AddressResolver;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.server.DnsForwarder;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.netty.StackAddressResolverGroup;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/**
 * Tests the resolver against dnsmasq, and dnsmasq against the zone server, over a TAP interface of the Linux kernel.
 */
@RequiresNetAdmin
class DnsmasqTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  private NetworkNamespace namespace;
  private NetworkStack stack;
  private DnsResolver resolver;

  @BeforeEach
  void start() throws IOException {
    ExternalCommand.require("dnsmasq");
    namespace = NetworkNamespace.create();
    String tap = NetworkNamespace.uniqueInterfaceName();
    stack = UnprobedStack.create().name("resolver").device(TapDevice.named(tap), "192.168.77.2/24").startNow();
    namespace.adopt(tap, "eth0", "192.168.77.1/24");
    // 100 addresses of one name do not fit into 512 octets.
    Path hosts = Files.writeString(namespace.folder().resolve("hosts"), IntStream.range(1, 101)
        .mapToObj(i -> "10.1.0." + i + " many.example.test").collect(Collectors.joining("\n", "", "\n")));
    namespace.start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
        "--user=root",
        "--log-queries", "--log-facility=-", "--pid-file=", "--bind-interfaces", "--listen-address=192.168.77.1",
        "--local=/example.test/", "--addn-hosts=" + hosts, "--host-record=www.example.test,10.0.0.3,300",
        "--cname=web.example.test,www.example.test", "--server=/example.lab/192.168.77.2");
    namespace.awaitUdpSocket(53);
    namespace.awaitTcpListener(53);
    resolver = DnsResolver.create(stack).servers(IpAddress.parse("192.168.77.1"));
  }

  @AfterEach
  void stop() {
    if (stack != null) {
      stack.stop().block(SOON);
    }
    if (namespace != null) {
      namespace.close();
    }
  }

  private List<String> resolve(String host) {
    return resolver.resolve(host).map(Object::toString).collectList().block(SOON);
  }

  @Test
  void resolvesNamesOfARealServer() {
    assertThat(resolve("www.example.test")).containsExactly("10.0.0.3");
    HostAddresses web = resolver.lookup("web.example.test", AddressType.A).block(SOON);
    assertThat(web.canonicalName()).isEqualTo("www.example.test");
    assertThat(web.addresses()).containsExactly(IpAddress.parse("10.0.0.3"));
    assertThat(resolve("many.example.test")).as("over TCP").hasSize(100);
    assertThatThrownBy(() -> resolve("none.example.test")).isInstanceOf(RuntimeException.class)
        .cause()
        .isInstanceOfSatisfying(DnsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NAME_NOT_FOUND));
  }

  @Test
  void resolvesConcurrently() {
    List<List<IpAddress>> all = Flux.range(1, 200)
        .flatMap(i -> resolver.cacheSize(i % 2).resolve("www.example.test").collectList(), 50)
        .collectList().block(SOON);
    assertThat(all).hasSize(200).allMatch(one -> one.equals(List.of(IpAddress.parse("10.0.0.3"))));
  }

  @Test
  void servesNettysCallers() throws Exception {
    try (StackAddressResolverGroup group = StackAddressResolverGroup.of(resolver)) {
      AddressResolver<InetSocketAddress> names = group.getResolver(
          StackLoopResources.of(stack).onClient(false).next());
      InetSocketAddress resolved = names.resolve(InetSocketAddress.createUnresolved("www.example.test", 80))
          .get(SOON.toSeconds(), TimeUnit.SECONDS);
      assertThat(resolved.getAddress().getHostAddress()).isEqualTo("10.0.0.3");
    }
  }

  @Test
  void aRealForwarderQueriesTheZoneServer() {
    ZoneServer.create(stack)
        .zone(Zone.of("example.lab").address("www", IpAddress.parse("10.0.0.9"))).bind().block(SOON);
    assertThat(resolve("www.example.lab")).as("client, dnsmasq, zone server").containsExactly("10.0.0.9");
    assertThatThrownBy(() -> resolve("none.example.lab")).cause().isInstanceOfSatisfying(DnsException.class,
        e -> assertThat(e.reason()).isEqualTo(Reason.NAME_NOT_FOUND));
  }

  @Test
  void theForwarderQueriesARealServer() {
    DnsForwarder.create(stack).servers(IpAddress.parse("192.168.77.1")).bind().block(SOON);
    resolver = DnsResolver.create(stack).servers(IpAddress.parse("192.168.77.2"));
    assertThat(resolve("www.example.test")).as("client, forwarder, dnsmasq").containsExactly("10.0.0.3");
    assertThat(resolve("many.example.test")).as("over TCP").hasSize(100);
    assertThatThrownBy(() -> resolve("none.example.test")).cause().isInstanceOfSatisfying(DnsException.class,
        e -> assertThat(e.reason()).isEqualTo(Reason.NAME_NOT_FOUND));
  }
}
