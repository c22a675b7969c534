package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.NetworkStack;
import io.reactorstack.acd.ConflictReaction;
import io.reactorstack.device.Capture;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Conflicts over IPv4 addresses with the Linux kernel, arping and avahi-autoipd as the other stations (RFC 5227, RFC
 * 3927).
 */
@RequiresNetAdmin
@Timeout(120)
class AddressConflictOnLinuxTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String OURS = "10.79.0.2";
  private static final MacAddress MAC = MacAddress.parse("02:00:00:00:79:02");

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final String name = NetworkNamespace.uniqueInterfaceName();
  private final List<InterfaceEvent> events = new CopyOnWriteArrayList<>();
  private NetworkStack stack;

  @AfterEach
  void stop() {
    if (stack != null) {
      stack.stop().block(LIMIT);
      FrameBalance.assertBalanced(stack);
    }
    namespace.close();
  }

  private void start(NetworkDevice.Factory device, ConflictReaction reaction, String... addresses) {
    stack = NetworkStack.create().ipv4(settings -> settings.withConflictReaction(reaction))
        .device("tap0", device, addresses).startNow();
    stack.interfaceEvents().subscribe(events::add);
  }

  private NetworkDevice.Factory tap() {
    return TapDevice.named(name).macAddress(MAC);
  }

  @Test
  void anAddressThatTheKernelHasIsRefused() {
    start(tap(), ConflictReaction.DEFEND_ALWAYS, OURS + "/24");
    namespace.adopt(name, "tap0", OURS + "/24");
    assertThatThrownBy(() -> stack.configured(LIMIT).block(LIMIT)).hasRootCauseInstanceOf(IOException.class)
        .hasRootCauseMessage("another station on the link of tap0 uses " + OURS);
    assertThat(events).contains(new InterfaceEvent.AddressDuplicate("tap0", IpPrefix.parse(OURS + "/24")));
    // A free address of the same network works.
    stack.addAddress("tap0", IpPrefix.parse("10.79.0.3/24")).block(LIMIT);
    assertThat(stack.icmp().ping(IpAddress.parse(OURS)).block(LIMIT)).isNotNull();
  }

  @Test
  void arpingFindsOurAddressInUse() {
    ExternalCommand.require("arping");
    start(tap(), ConflictReaction.DEFEND_ALWAYS, OURS + "/24");
    namespace.adopt(name, "tap0");
    stack.configured(LIMIT).block(LIMIT);
    // Duplicate address detection: arping sends probes, and fails if one is answered.
    ExternalCommand.Result probed = namespace.run("arping", "-D", "-c", "2", "-w", "3", "-I", "tap0", OURS);
    assertThat(probed.exitCode()).as(probed.output()).isEqualTo(1);
    assertThat(probed.output()).containsIgnoringCase(MAC.toString());
    ExternalCommand.Result free = namespace.run("arping", "-D", "-c", "2", "-w", "3", "-I", "tap0", "10.79.0.77");
    assertThat(free.exitCode()).as(free.output()).isZero();
  }

  @Test
  void anAddressThatTheKernelTakesLaterIsDefended(@TempDir Path folder) {
    ExternalCommand.require("arping", "tshark");
    Path file = folder.resolve("defence.pcapng");
    try (Capture capture = Capture.toFile(file)) {
      start(capture.around(tap(), "tap0"), ConflictReaction.DEFEND_ALWAYS, OURS + "/24");
      namespace.adopt(name, "tap0", "10.79.0.1/24");
      stack.configured(LIMIT).block(LIMIT);
      claim();
      namespace.await("a conflict", () -> events.stream().anyMatch(InterfaceEvent.AddressConflict.class::isInstance));
      claim();
      assertThat(events).noneMatch(InterfaceEvent.AddressRemoved.class::isInstance);
      namespace.run("ip", "address", "del", OURS + "/24", "dev", "tap0").orThrow();
      PingReply reply = stack.icmp().ping(IpAddress.parse("10.79.0.1")).block(LIMIT);
      assertThat(reply).isNotNull();
      stack.stop().block(LIMIT);
    }
    // Two announcements after the probe, and one in defence.
    String ours = "eth.src == " + MAC + " && arp.src.proto_ipv4 == " + OURS + " && arp.dst.proto_ipv4 == " + OURS;
    assertThat(ExternalCommand.run(LIMIT, List.of("tshark", "-n", "-r", file.toString(), "-Y", ours)).orThrow().lines()
        .filter(line -> line.contains("Announcement"))).hasSize(3);
  }

  /** The kernel takes our address, and arping announces it. */
  private void claim() {
    namespace.run("ip", "address", "add", OURS + "/24", "dev", "tap0");
    namespace.run("arping", "-U", "-c", "1", "-I", "tap0", "-s", OURS, OURS);
  }

  @Test
  void anAddressIsGivenUpAtTheSecondConflict() {
    ExternalCommand.require("arping");
    start(tap(), ConflictReaction.DEFEND_ONCE, OURS + "/24");
    namespace.adopt(name, "tap0", "10.79.0.1/24");
    stack.configured(LIMIT).block(LIMIT);
    claim();
    claim();
    namespace.await("the removal", () -> events.contains(
        new InterfaceEvent.AddressRemoved("tap0", IpPrefix.parse(OURS + "/24"))));
    assertThat(namespace.run("arping", "-D", "-c", "2", "-w", "3", "-I", "tap0", OURS).exitCode())
        .as("nobody answers for the address").isZero();
  }

  @Test
  void avahiChoosesAnotherLinkLocalAddressThanOursAndTheTwoTalk() {
    ExternalCommand.require("avahi-autoipd");
    stack = NetworkStack.create().device("tap0", tap()).linkLocalIpv4().startNow();
    stack.interfaceEvents().subscribe(events::add);
    namespace.adopt(name, "tap0");
    stack.configured(LIMIT).block(LIMIT);
    IpPrefix ours = events.stream().filter(InterfaceEvent.AddressAdded.class::isInstance)
        .map(InterfaceEvent.AddressAdded.class::cast).findFirst().orElseThrow().address();
    NetworkNamespace.Server avahi = namespace.start("avahi-autoipd", "--no-drop-root", "--no-chroot", "--force-bind",
        "--start=" + ours.address(), "tap0");
    String[] theirs = new String[1];
    namespace.await("an address of avahi-autoipd", () -> {
      theirs[0] = namespace.run("ip", "-4", "-o", "address", "show", "dev", "tap0").output()
          .replaceAll("(?s).*inet (169\\.254\\.\\d+\\.\\d+)/.*", "$1").strip();
      return theirs[0].matches("169\\.254\\.\\d+\\.\\d+");
    });
    assertThat(theirs[0]).as(avahi.output()).isNotEqualTo(ours.address().toString());
    assertThat(stack.icmp().ping(IpAddress.parse(theirs[0])).retry(3).block(LIMIT)).isNotNull();
    assertThat(namespace.run("ping", "-c", "2", "-W", "3", ours.address().toString()).orThrow()).contains("2 received");
    assertThat(events).noneMatch(InterfaceEvent.AddressRemoved.class::isInstance);
  }
}
