package io.reactorstack.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Tests the resolver against two instances of Unbound. One has Debian's default configuration: it serves the loopback
 * only and refuses all other clients with the twelve octets of a header. The other serves its link.
 */
@RequiresNetAdmin
class UnboundTest {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final IpAddress REFUSES = IpAddress.parse("192.168.77.1");
  private static final IpAddress SERVES = IpAddress.parse("192.168.77.3");

  private NetworkNamespace namespace;
  private NetworkStack stack;
  private DnsResolver resolver;

  @BeforeEach
  void start() throws IOException {
    ExternalCommand.require("unbound");
    namespace = NetworkNamespace.create();
    String tap = NetworkNamespace.uniqueInterfaceName();
    stack = UnprobedStack.create().name("resolver").device(TapDevice.named(tap), "192.168.77.2/24").startNow();
    namespace.adopt(tap, "eth0", "192.168.77.1/24", "192.168.77.3/24");
    unbound("refuses", REFUSES, "");
    unbound("serves", SERVES, """
          access-control: 192.168.77.0/24 allow
          local-zone: "lab." static
          local-data: "www.lab. 60 IN A 10.0.0.3"
        """);
    namespace.await("both servers", () -> namespace.run("ss", "-lun").output().contains("192.168.77.1:53")
        && namespace.run("ss", "-lun").output().contains("192.168.77.3:53"));
    // The query timeout is far longer than the test waits, so a timeout cannot have caused an outcome.
    resolver = DnsResolver.create(stack).queryTimeout(Duration.ofMinutes(5)).cacheSize(0);
  }

  private void unbound(String name, IpAddress address, String more) throws IOException {
    Path config = Files.writeString(namespace.folder().resolve(name + ".conf"), """
        server:
          interface: %s
          username: ""
          chroot: ""
          use-syslog: no
          pidfile: ""
          module-config: "iterator"
          %s
        remote-control:
          control-enable: no
        """.formatted(address, more.stripLeading()));
    namespace.start("unbound", "-d", "-c", config.toString());
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

  @Test
  void headerOnlyRefusalFailsImmediately() {
    assertThatThrownBy(() -> resolver.servers(REFUSES).resolve("www.lab").collectList().block(SOON)).cause()
        .isInstanceOfSatisfying(DnsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED));
  }

  @Test
  void aRefusalLeadsToTheNextServer() {
    assertThat(resolver.servers(REFUSES, SERVES).resolve("www.lab").collectList().block(SOON))
        .containsExactly(IpAddress.parse("10.0.0.3"));
    assertThatThrownBy(() -> resolver.servers(REFUSES, SERVES).resolve("none.lab").collectList().block(SOON)).cause()
        .isInstanceOfSatisfying(DnsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NAME_NOT_FOUND));
  }
}
