package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.event.Ipv6Status;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.RequiresNetAdmin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** A host on a TAP is configured by radvd, with the kernel as the router. */
@RequiresNetAdmin
@Timeout(180)
class RadvdTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String FAR = "fd3d:ff::1";

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final String name = NetworkNamespace.uniqueInterfaceName();
  private final List<InterfaceEvent> events = new CopyOnWriteArrayList<>();
  private final AtomicReference<Ipv6Status> status = new AtomicReference<>();
  private NetworkStack stack;

  @BeforeAll
  static void requireRadvd() {
    ExternalCommand.require("radvd");
  }

  @BeforeEach
  void start() {
    stack = NetworkStack.create().device(TapDevice.named(name)).slaac().startNow();
    stack.interfaceEvents().subscribe(event -> {
      events.add(event);
      if (event instanceof InterfaceEvent.Ipv6Changed changed) {
        status.set(changed.status());
      }
    });
    namespace.run("ip", "link", "set", "lo", "up").orThrow();
    // A kernel that does not forward says that it is no router, and the stack would believe it.
    namespace.run("sysctl", "-w", "net.ipv6.conf.all.forwarding=1").orThrow();
    namespace.run("ip", "-6", "addr", "add", FAR + "/128", "dev", "lo").orThrow();
    namespace.adopt(name, "tap0", "fd3d:9::1/64");
    namespace.await("the kernel's addresses",
        () -> !namespace.run("ip", "-6", "addr", "show", "dev", "tap0").orThrow().contains("tentative"));
  }

  @AfterEach
  void stop() {
    stack.stop().block(LIMIT);
    FrameBalance.assertBalanced(stack);
    assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    namespace.close();
  }

  private NetworkNamespace.Server radvd(String options) throws IOException {
    Path file = namespace.folder().resolve("radvd.conf");
    Files.writeString(file, "interface tap0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; " + options
        + " };\n");
    return namespace.start("radvd", "-n", "-C", file.toString(), "-p",
        namespace.folder().resolve("radvd.pid").toString(), "-m", "stderr", "-d", "1");
  }

  private static String prefix(int valid, int preferred) {
    return "AdvDefaultLifetime 600; AdvCurHopLimit 61; AdvLinkMTU 1400; prefix fd3d:9::/64 { AdvValidLifetime " + valid
        + "; AdvPreferredLifetime " + preferred + "; };";
  }

  @Test
  @Requirement("RFC8504-6.3-01")
  void anAddressARouteAndDnsServersComeFromRadvd() throws IOException {
    try (NetworkNamespace.Server router = radvd("AdvDefaultPreference high; " + prefix(7200, 3600)
        + " route fd3d:77::/48 { AdvRouteLifetime 600; };"
        + " RDNSS fd3d:9::53 { AdvRDNSSLifetime 600; }; DNSSL example.lab { AdvDNSSLLifetime 600; };")) {
      stack.configured(LIMIT).block(LIMIT);
      IpPrefix own = stack.slaac(name).addresses().block(LIMIT).getFirst();
      assertThat(own.toString()).startsWith("fd3d:9:").endsWith("/64");
      namespace.await("DNS servers", () -> stack.dns().equals(
          new DnsConfiguration(List.of(IpAddress.parse("fd3d:9::53")), List.of("example.lab"))));
      assertThat(status.get().routers()).hasSize(1);

      assertThat(namespace.run("ping", "-6", "-c", "2", "-W", "5", own.address().toString()).orThrow())
          .contains("2 received").contains("ttl=61");
      assertThat(stack.icmp().ping(IpAddress.parse(FAR)).block(LIMIT)).as("over the default route").isNotNull();

      Path folder = Files.createDirectory(namespace.folder().resolve("www"));
      Files.writeString(folder.resolve("page"), "a page behind the router\n");
      namespace.start("python3", "-m", "http.server", "-b", "::", "-d", folder.toString(), "8080");
      namespace.awaitTcpListener(8080);
      StringBuilder page = new StringBuilder();
      stack.tcp().connect(FAR, 8080)
          .flatMap(connection -> connection
              .send(Mono.just(Unpooled.copiedBuffer("GET /page HTTP/1.0\r\n\r\n", StandardCharsets.US_ASCII)))
              .thenMany(connection.receive())
              .doOnNext((ByteBuf bytes) -> {
                page.append(bytes.toString(StandardCharsets.US_ASCII));
                bytes.release();
              })
              .then(connection.close()))
          .block(LIMIT);
      assertThat(page.toString()).contains("200 OK").endsWith("a page behind the router\n");
      assertThat(router.output()).doesNotContain("invalid");
    }
    namespace.await("the last advertisement of radvd", () -> status.get().routers().isEmpty());
    assertThat(events).anyMatch(
        event -> event instanceof InterfaceEvent.RouteRemoved removed && removed.network().length() == 0);
    assertThat(status.get().isConfigured()).as("the address remains").isTrue();
  }

  @Test
  void lifetimesFollowTheRouter() throws IOException {
    NetworkNamespace.Server first = radvd(prefix(7200, 3600));
    stack.configured(LIMIT).block(LIMIT);
    IpPrefix own = stack.slaac(name).addresses().block(LIMIT).getFirst();
    first.close();
    try (NetworkNamespace.Server second = radvd(prefix(7200, 0))) {
      namespace.await("deprecation",
          () -> events.contains(new InterfaceEvent.AddressDeprecated(name, own)));
      assertThat(second.output()).doesNotContain("error");
    }
    try (NetworkNamespace.Server third = radvd(prefix(7200, 3600))) {
      namespace.await("preference", () -> events.contains(new InterfaceEvent.AddressPreferred(name, own)));
      assertThat(third.output()).doesNotContain("error");
      namespace.await("the router", () -> !status.get().routers().isEmpty());
      assertThat(stack.icmp().ping(IpAddress.parse(FAR)).block(LIMIT)).isNotNull();
    }
  }
}
