package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.routing.AdvertisedRoute;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.wire.RouterPreference;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The kernel configures an interface by the router advertisements of the stack. */
@RequiresNetAdmin
@Timeout(60)
class AdvertisementsOnLinuxTest {

  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final String FAR = "fd3d:77::1";

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private NetworkStack stack;

  @BeforeEach
  void start() {
    String outside = NetworkNamespace.uniqueInterfaceName();
    MemoryCable cable = new MemoryCable(DeviceCapabilities.ip(1500), DeviceCapabilities.ip(1500), 8);
    stack = UnprobedStack.create()
        .ipv6(settings -> settings.withDuplicateAddressDetection(0))
        .device("lan", TapDevice.named(outside), "fd3d:5::1/64")
        .device("wan", cable.left(), FAR + "/64")
        .forwarding()
        .advertise("lan", settings -> settings.withMaxRtrAdvInterval(Duration.ofSeconds(4)).withLinkMtu(1400)
            .withCurHopLimit(61).withPreference(RouterPreference.HIGH)
            .withRoute(AdvertisedRoute.of(IpPrefix.parse("fd3d:88::/48"))))
        .startNow();
    namespace.run("ip", "link", "set", "lo", "up").orThrow();
    namespace.run("sysctl", "-qw", "net.ipv6.conf.default.accept_ra=1", "net.ipv6.conf.all.forwarding=0",
        "net.ipv6.conf.default.accept_ra_rt_info_max_plen=64").orThrow();
    namespace.adopt(outside, "tap0", "10.77.0.2/24");
  }

  @AfterEach
  void stop() {
    if (!stack.isDisposed()) {
      stack.stop().block(LIMIT);
    }
    FrameBalance.assertBalanced(stack);
    assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    namespace.close();
  }

  private String show(String... command) {
    return namespace.run(command).orThrow();
  }

  @Test
  void theKernelTakesAddressRoutesAndParametersAndLosesTheRouterAtItsEnd() {
    namespace.await("an address from the stack's prefix", () -> {
      String own = show("ip", "-6", "addr", "show", "dev", "tap0", "scope", "global");
      return own.contains("fd3d:5:") && own.contains("dynamic") && !own.contains("tentative");
    });
    namespace.await("a default route", () -> show("ip", "-6", "route", "show", "default").contains("via fe80::"));
    String route = show("ip", "-6", "route", "show", "default");
    assertThat(route).contains("proto ra").contains("pref high").contains("expires");
    assertThat(show("ip", "-6", "route", "show")).contains("fd3d:88::/48 via fe80::");
    assertThat(show("sysctl", "-n", "net.ipv6.conf.tap0.mtu").trim()).isEqualTo("1400");
    assertThat(show("sysctl", "-n", "net.ipv6.conf.tap0.hop_limit").trim()).isEqualTo("61");
    assertThat(show("ping", "-6", "-c", "2", "-i", "0.2", "-W", "5", FAR)).contains("2 received");
    assertThat(show("ip", "-6", "neigh", "show", "dev", "tap0")).contains("router");

    stack.stop().block(LIMIT);
    namespace.await("the last advertisement",
        () -> !show("ip", "-6", "route", "show", "default").contains("via fe80::"));
    assertThat(show("ip", "-6", "route", "show")).doesNotContain("fd3d:88::/48");
  }
}
