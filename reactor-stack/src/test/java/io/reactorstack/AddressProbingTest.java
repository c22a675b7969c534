package io.reactorstack;

import static io.reactorstack.testing.Packets.arp;
import static io.reactorstack.testing.Packets.ethernet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.acd.ConflictReaction;
import io.reactorstack.acd.Ipv4Settings;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Configured IPv4 addresses: the probe before their use, and the reactions to a conflict (RFC 5227). */
class AddressProbingTest {

  private static final String MAC = "02:00:00:00:00:0a";
  private static final String OTHER = "02:00:00:00:00:0b";
  private static final String ALL = "ff:ff:ff:ff:ff:ff";
  private static final String NOBODY = "00:00:00:00:00:00";
  private static final String OWN = "10.0.0.1";
  /** The longest time of a probe. */
  private static final Duration PROBED = Duration.ofSeconds(7);
  private static final byte[] PROBE = ethernet(ALL, MAC, 0x0806, arp(1, MAC, "0.0.0.0", NOBODY, OWN));
  private static final byte[] ANNOUNCEMENT = ethernet(ALL, MAC, 0x0806, arp(1, MAC, OWN, NOBODY, OWN));
  private static final byte[] CLAIM = ethernet(ALL, OTHER, 0x0806, arp(1, OTHER, OWN, NOBODY, OWN));
  private static final byte[] REQUEST = ethernet(ALL, OTHER, 0x0806, arp(1, OTHER, "10.0.0.2", NOBODY, OWN));

  private final VirtualLoop loop = new VirtualLoop();
  private final TestDevice device = new TestDevice(
      loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));
  private final List<Object> events = new ArrayList<>();
  private NetworkStack stack;

  private void start(ConflictReaction reaction, String... addresses) {
    stack = NetworkStack.create().runOn(loop).random(new Random(1))
        .ipv4(settings -> settings.withConflictReaction(reaction)).device("eth0", any -> device, addresses).startNow();
    stack.interfaceEvents().filter(event -> !(event instanceof InterfaceEvent.Up)).subscribe(events::add);
    loop.settle();
  }

  /** Starts a host whose address was probed and announced; nothing happens on the link. */
  private void startInUse(ConflictReaction reaction) {
    start(reaction, OWN + "/24");
    loop.advance(Duration.ofSeconds(30));
    device.takeSent();
    events.clear();
  }

  @AfterEach
  void stop() {
    stack.dispose();
    loop.settle();
    assertThat(loop.deadline()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
    FrameBalance.assertBalanced(stack);
  }

  private void hear(byte[] frame) {
    device.inject(frame);
    loop.settle();
  }

  @Test
  @Requirement("RFC5227-2.1-01")
  void anAddressIsProbedBeforeItsUse() {
    start(ConflictReaction.DEFEND_ALWAYS, OWN + "/24");
    List<String> ends = new ArrayList<>();
    stack.configured(Duration.ofMinutes(1)).subscribe(null, error -> ends.add(error.toString()),
        () -> ends.add("done"));
    List<Throwable> errors = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      loop.advance(Duration.ofMillis(990));
      hear(REQUEST);
      stack.icmp().ping(IpAddress.parse("10.0.0.2")).subscribe(null, errors::add);
      loop.settle();
    }
    List<byte[]> sent = new ArrayList<>(device.takeSent());
    assertThat(sent).as("only probes, and no answer").isNotEmpty().allMatch(frame -> Arrays.equals(frame, PROBE));
    assertThat(errors).hasSize(4).allSatisfy(error -> assertThat(error).hasMessageContaining("No route to host"));
    assertThat(ends).isEmpty();
    assertThat(events).noneMatch(InterfaceEvent.AddressAdded.class::isInstance);
    loop.advance(Duration.ofSeconds(10));
    assertThat(ends).containsExactly("done");
    assertThat(events).contains(new InterfaceEvent.AddressAdded("eth0", IpPrefix.parse(OWN + "/24")));
    sent.addAll(device.takeSent());
    assertThat(sent).containsExactly(PROBE, PROBE, PROBE, ANNOUNCEMENT, ANNOUNCEMENT);
    hear(REQUEST);
    assertThat(device.takeSent()).as("an answer").hasSize(1);
    loop.advance(Duration.ofHours(1));
    assertThat(device.takeSent()).as("no further probe").isEmpty();
  }

  @Test
  void anAddressOfAnotherStationIsRefused() {
    start(ConflictReaction.DEFEND_ALWAYS, OWN + "/24", "10.1.0.1/24");
    loop.advance(Duration.ofMillis(500));
    List<Throwable> errors = new ArrayList<>();
    stack.configured(Duration.ofMinutes(1)).subscribe(null, errors::add);
    hear(CLAIM);
    assertThat(errors).singleElement().asString()
        .isEqualTo("java.io.IOException: another station on the link of eth0 uses 10.0.0.1");
    assertThat(events).contains(new InterfaceEvent.AddressDuplicate("eth0", IpPrefix.parse(OWN + "/24")),
        new InterfaceEvent.RouteRemoved("eth0", IpPrefix.parse(OWN + "/24"), null));
    loop.advance(Duration.ofMinutes(1));
    assertThat(events).contains(new InterfaceEvent.AddressAdded("eth0", IpPrefix.parse("10.1.0.1/24")))
        .doesNotContain(new InterfaceEvent.AddressAdded("eth0", IpPrefix.parse(OWN + "/24")));
    assertThat(device.takeSent()).doesNotContain(ANNOUNCEMENT);
    // The other station has left: the user tries again.
    List<String> added = new ArrayList<>();
    stack.addAddress("eth0", IpPrefix.parse(OWN + "/24")).subscribe(null, null, () -> added.add("added"));
    loop.advance(PROBED);
    assertThat(added).containsExactly("added");
    stack.configured(Duration.ofMinutes(1)).subscribe(null, null, () -> added.add("configured"));
    loop.settle();
    assertThat(added).containsExactly("added", "configured");
  }

  @Test
  void anAddressThatIsRemovedWhileItIsProbedEndsTheProbe() {
    start(ConflictReaction.DEFEND_ALWAYS);
    List<Throwable> errors = new ArrayList<>();
    stack.addAddress("eth0", IpPrefix.parse(OWN + "/24")).subscribe(null, errors::add);
    loop.advance(Duration.ofSeconds(2));
    device.takeSent();
    stack.removeAddress(IpAddress.parse(OWN)).subscribe();
    loop.advance(Duration.ofMinutes(1));
    assertThat(errors).singleElement().asString().contains("10.0.0.1 was removed");
    assertThat(device.takeSent()).isEmpty();
  }

  @Test
  void configuredSaysWhatTheInterfacesWaitFor() {
    start(ConflictReaction.DEFEND_ALWAYS, OWN + "/24");
    List<Throwable> errors = new ArrayList<>();
    stack.configured(Duration.ofSeconds(2)).subscribe(null, errors::add);
    loop.advance(Duration.ofSeconds(2));
    assertThat(errors).singleElement().asString().isEqualTo("java.util.concurrent.TimeoutException: not configured "
        + "within PT2S: interface eth0, carrier up: 10.0.0.1/24 is being tested");
    loop.advance(PROBED);
  }

  @Test
  @Requirement({"RFC5227-2.4-02", "RFC5227-2.4-03"})
  void aHostThatGivesUpRemovesTheAddressAtTheFirstConflict() {
    startInUse(ConflictReaction.GIVE_UP);
    device.inject(CLAIM);
    hear(CLAIM);
    assertThat(device.takeSent()).as("no defence").isEmpty();
    assertThat(events).contains(
        new InterfaceEvent.AddressConflict("eth0", IpAddress.parse(OWN), MacAddress.parse(OTHER)),
        new InterfaceEvent.AddressRemoved("eth0", IpPrefix.parse(OWN + "/24")));
    hear(REQUEST);
    assertThat(device.takeSent()).as("the address is no longer answered for").isEmpty();
  }

  @Test
  @Requirement("RFC5227-2.4-04")
  void aSingleConflictIsDefendedAndTheAddressKept() {
    startInUse(ConflictReaction.DEFEND_ONCE);
    for (int i = 0; i < 3; i++) {
      hear(CLAIM);
      assertThat(device.takeSent()).containsExactly(ANNOUNCEMENT);
      loop.advance(Duration.ofSeconds(10));
    }
    assertThat(events).as("reported, and nothing else").hasSize(3)
        .allMatch(InterfaceEvent.AddressConflict.class::isInstance);
    hear(REQUEST);
    assertThat(device.takeSent()).hasSize(1);
  }

  @Test
  @Requirement("RFC5227-2.4-05")
  void aSecondConflictWithinTenSecondsEndsTheUseAndIsReported() {
    startInUse(ConflictReaction.DEFEND_ONCE);
    hear(CLAIM);
    loop.advance(Duration.ofMillis(9_999));
    assertThat(device.takeSent()).containsExactly(ANNOUNCEMENT);
    hear(CLAIM);
    assertThat(device.takeSent()).isEmpty();
    assertThat(events).contains(new InterfaceEvent.AddressRemoved("eth0", IpPrefix.parse(OWN + "/24")));
    hear(REQUEST);
    assertThat(device.takeSent()).isEmpty();
  }

  @Test
  @Requirement("RFC5227-2.4-06")
  void anAddressIsDefendedWithoutEndByDefault() {
    assertThat(Ipv4Settings.DEFAULTS.conflictReaction()).isEqualTo(ConflictReaction.DEFEND_ALWAYS);
    startInUse(Ipv4Settings.DEFAULTS.conflictReaction());
    for (int i = 0; i < 120; i++) {
      hear(CLAIM);
      loop.advance(Duration.ofSeconds(1));
    }
    // Each claim counts as a recent conflict, so there is one announcement only.
    assertThat(device.takeSent()).containsExactly(ANNOUNCEMENT);
    assertThat(events).as("reported, and nothing else").isNotEmpty()
        .allMatch(InterfaceEvent.AddressConflict.class::isInstance);
    hear(REQUEST);
    assertThat(device.takeSent()).hasSize(1);
  }

  @Test
  void afterTenConflictsOneProbeAMinuteBegins() {
    start(ConflictReaction.DEFEND_ALWAYS);
    for (int i = 1; i <= 10; i++) {
      refused(i);
    }
    device.takeSent();
    stack.addAddress("eth0", IpPrefix.parse("10.0.0.11/24")).subscribe();
    loop.advance(Duration.ofSeconds(59));
    assertThat(device.takeSent()).isEmpty();
    loop.advance(Duration.ofSeconds(9));
    assertThat(device.takeSent()).hasSizeGreaterThanOrEqualTo(4);
  }

  private void refused(int last) {
    String address = "10.0.0." + last;
    stack.addAddress("eth0", IpPrefix.parse(address + "/24")).subscribe(null, error -> events.add(error.getMessage()));
    loop.settle();
    hear(ethernet(ALL, OTHER, 0x0806, arp(1, OTHER, address, NOBODY, address)));
    assertThat(events).contains("another station on the link of eth0 uses " + address);
  }

  @Test
  void settingsAreChecked() {
    start(ConflictReaction.DEFEND_ALWAYS);
    assertThatThrownBy(() -> Ipv4Settings.DEFAULTS.withConflictReaction(null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> NetworkStack.create().ipv4(settings -> null)).isInstanceOf(NullPointerException.class);
  }
}
