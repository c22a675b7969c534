package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class OpenFailureTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @Test
  @RequiresNetAdmin
  void messageContainsTheCommandThatGrantsAMissingPrivilege() {
    ExternalCommand.require("setpriv");
    assertThat(openWithoutPrivilege("tap", "alice")).isEqualTo("MISSING_PRIVILEGE cannot open TAP device rs-probe: "
        + "Operation not permitted; to grant it: sudo ip tuntap add dev rs-probe mode tap user alice");
    assertThat(openWithoutPrivilege("tun", "alice")).endsWith("sudo ip tuntap add dev rs-probe mode tun user alice");
    assertThat(openWithoutPrivilege("packet", "alice")).isEqualTo(
        "MISSING_PRIVILEGE cannot open packet socket on rs-probe: Operation not permitted; to grant it: sudo setpriv "
            + "--reuid=alice --regid=$(id -g alice) --init-groups --inh-caps=+net_raw --ambient-caps=+net_raw java ...");
    assertThat(openWithoutPrivilege("packet", "root")).endsWith("start the container with --cap-add=NET_RAW");
  }

  /** Runs {@link Probe} as for a user without capabilities. */
  private static String openWithoutPrivilege(String kind, String user) {
    return probe(List.of("setpriv", "--bounding-set", "-net_admin,-net_raw"), "-Duser.name=" + user, kind);
  }

  @Test
  void messageNamesAnUnsupportedSystem() {
    assertThat(probe(List.of(), "-Dos.name=Mac OS X", "tap")).startsWith("UNSUPPORTED ").contains("needs Linux")
        .contains("this is Mac OS X on ");
  }

  private static String probe(List<String> wrapper, String property, String kind) {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(List.of(System.getProperty("java.home") + "/bin/java", "--enable-native-access=ALL-UNNAMED",
        property, "-cp", System.getProperty("java.class.path"), Probe.class.getName(), kind));
    String output = ExternalCommand.run(SOON, command).orThrow();
    return output.lines().filter(line -> line.startsWith(Probe.MARK)).findFirst().orElseThrow(
        () -> new AssertionError(output)).substring(Probe.MARK.length());
  }

  /** Opens a device in a separate process and prints the result. */
  static final class Probe {

    private static final String MARK = "result: ";

    public static void main(String[] arguments) {
      System.out.println(MARK + open(arguments[0]));
      System.exit(0);
    }

    private static String open(String kind) {
      try {
        IoEventLoop loop = new LinuxEventLoopGroup(1, "probe").next();
        NetworkDevice.Factory factory = switch (kind) {
          case "tap" -> TapDevice.named("rs-probe");
          case "tun" -> TunDevice.named("rs-probe");
          default -> PacketSocketDevice.on("rs-probe");
        };
        return loop.submit(() -> factory.open(loop)).syncUninterruptibly().getNow().toString();
      } catch (DeviceException e) {
        return e.reason() + " " + e.getMessage();
      }
    }
  }

  @Test
  @RequiresNetAdmin
  void openingTapInUseFailsAsBusy() {
    try (KernelPeer peer = new KernelPeer()) {
      String name = NetworkNamespace.uniqueInterfaceName();
      peer.open(TapDevice.named(name));
      long before = KernelPeer.descriptors();
      assertThatThrownBy(() -> peer.open(TapDevice.named(name)))
          .isInstanceOfSatisfying(DeviceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BUSY))
          .hasMessageContaining(name).hasMessageContaining("another process uses it");
      assertThat(KernelPeer.descriptors()).isEqualTo(before);
    }
  }

  @Test
  @RequiresNetAdmin
  void openingInterfaceOfAnotherKindFails() {
    try (KernelPeer peer = new KernelPeer()) {
      assertThatThrownBy(() -> peer.open(TapDevice.named("lo")))
          .isInstanceOfSatisfying(DeviceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.FAILED))
          .hasMessage(
              "cannot open TAP device lo: an interface of that name exists, but it is not a TAP interface "
                  + "with a single queue");
      String tun = NetworkNamespace.uniqueInterfaceName();
      peer.open(TunDevice.named(tun));
      assertThatThrownBy(() -> peer.open(PacketSocketDevice.on(tun)))
          .hasMessageContaining("is not an Ethernet interface");
    }
  }

  @Test
  void loopThatCannotPollDescriptorsIsRejected() {
    var loops = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    IoEventLoop loop = loops.next();
    NetworkDevice.Factory factory = TapDevice.named("tap0");
    assertThatThrownBy(() -> loop.submit(() -> factory.open(loop)).syncUninterruptibly())
        .isInstanceOfSatisfying(DeviceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNSUPPORTED));
    assertThatThrownBy(() -> factory.open(loop)).isInstanceOf(IllegalStateException.class);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a-name-of-16-char", "a/b", "a b", ".", "..", "a:b", "tap\n", "ääääääää"})
  void invalidInterfaceNamesAreRejected(String name) {
    assertThatThrownBy(() -> TapDevice.named(name)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TunDevice.named(name)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> PacketSocketDevice.on(name)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void unsupportedSystemsAreRejectedBeforeNativeCodeIsLoaded() {
    assertThat(Platform.supported("Linux", "amd64")).isTrue();
    assertThat(Platform.supported("Linux", "aarch64")).isTrue();
    assertThat(Platform.supported("Linux", "ppc64le")).isFalse();
    assertThat(Platform.supported("Mac OS X", "aarch64")).isFalse();
    assertThat(Platform.supported("Windows 11", "amd64")).isFalse();
  }

  @Test
  void drawnAddressesAreLocallyAdministeredStationsAndRepeatWithTheSeed() {
    Random random = new Random(7);
    for (int i = 0; i < 1000; i++) {
      MacAddress address = MacAddress.random(random);
      assertThat(address.isGroup()).isFalse();
      assertThat(address.bits() >>> 41 & 1).isEqualTo(1);
    }
    assertThat(MacAddress.random(new Random(42))).isEqualTo(MacAddress.random(new Random(42)));
    assertThatThrownBy(() -> TapDevice.named("tap0").macAddress(MacAddress.BROADCAST))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
