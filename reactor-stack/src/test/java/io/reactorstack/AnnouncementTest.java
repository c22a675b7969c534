package io.reactorstack;

import static io.reactorstack.testing.Packets.arp;
import static io.reactorstack.testing.Packets.ethernet;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The address announcements that a host sends when it starts. */
class AnnouncementTest {

  private static final String MAC = "02:00:00:00:00:0a";
  private static final String PEER = "02:00:00:00:00:0b";
  private static final String ALL = "ff:ff:ff:ff:ff:ff";
  private static final String NOBODY = "00:00:00:00:00:00";

  private final VirtualLoop loop = new VirtualLoop();
  private final TestDevice device = new TestDevice(
      loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));

  private NetworkStack start(UnaryOperator<StackConfiguration> change) {
    NetworkStack stack = change.apply(UnprobedStack.create().runOn(loop).random(new Random(1))
        .device("eth0", any -> device, "10.0.0.1/24", "10.1.0.1/24")).startNow();
    loop.settle();
    return stack;
  }

  private static byte[] announcement(String address) {
    return ethernet(ALL, MAC, 0x0806, arp(1, MAC, address, NOBODY, address));
  }

  private void stop(NetworkStack stack) {
    stack.dispose();
    loop.settle();
    assertThat(loop.deadline()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
  }

  @Test
  @Requirement({"RFC5227-1.1-05", "RFC5227-2.3-01"})
  void announcesEachAddressTwiceTwoSecondsApart() {
    NetworkStack stack = start(configuration -> configuration);
    assertThat(device.takeSent()).containsExactly(announcement("10.0.0.1"), announcement("10.1.0.1"));
    loop.advance(Duration.ofMillis(1999));
    assertThat(device.takeSent()).isEmpty();
    loop.advance(Duration.ofMillis(1));
    assertThat(device.takeSent()).containsExactly(announcement("10.0.0.1"), announcement("10.1.0.1"));
    loop.advance(Duration.ofMinutes(10));
    assertThat(device.takeSent()).isEmpty();
    stop(stack);
  }

  @Test
  @Requirement("RFC5227-2.5-01")
  void requestIsAnsweredFromTheFirstAnnouncementOn() {
    NetworkStack stack = start(configuration -> configuration);
    assertThat(device.takeSent()).hasSize(2);
    device.inject(ethernet(ALL, PEER, 0x0806, arp(1, PEER, "10.0.0.2", NOBODY, "10.0.0.1")));
    loop.settle();
    assertThat(device.takeSent()).containsExactly(
        ethernet(PEER, MAC, 0x0806, arp(2, MAC, "10.0.0.1", PEER, "10.0.0.2")));
    loop.advance(Duration.ofSeconds(2));
    assertThat(device.takeSent()).as("the second announcements").hasSize(2);
    stop(stack);
  }

  @Test
  void announcesNothingIfAnnouncingIsOff() {
    NetworkStack stack = start(configuration -> configuration.announceAddresses(false));
    loop.advance(Duration.ofMinutes(10));
    assertThat(device.takeSent()).isEmpty();
    stop(stack);
  }

  @Test
  void announcesNothingAfterTheStop() {
    NetworkStack stack = start(configuration -> configuration);
    device.takeSent();
    stop(stack);
    loop.advance(Duration.ofMinutes(10));
    assertThat(device.takeSent()).isEmpty();
  }

  @Test
  void labHostsAnnounceOnlyIfConfigured() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      lab.host("silent").address("10.0.0.1/24").connectTo(lan);
      lab.advance(Duration.ofSeconds(10));
      assertThat(lan.learned()).isEmpty();
      Host speaking = lab.host("speaking").address("10.0.0.2/24")
          .stack(configuration -> configuration.announceAddresses(true)).connectTo(lan);
      lab.advance(Duration.ofSeconds(10));
      assertThat(lan.learned()).containsExactly(speaking.macAddress());
    }
  }
}
