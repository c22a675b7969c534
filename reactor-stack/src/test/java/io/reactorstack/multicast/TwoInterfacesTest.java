package io.reactorstack.multicast;

import static io.reactorstack.multicast.GroupMessages.ALERT;
import static io.reactorstack.multicast.GroupMessages.igmp;
import static io.reactorstack.multicast.GroupMessages.igmpPacket;
import static io.reactorstack.multicast.GroupMessages.mld;
import static io.reactorstack.multicast.GroupMessages.mldPacket;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A host with two links whose routers use different versions. */
class TwoInterfacesTest {

  private final VirtualLoop loop = new VirtualLoop();
  private final TestDevice old = new TestDevice(loop.newTurn(), DeviceCapabilities.ip(1500));
  private final TestDevice young = new TestDevice(loop.newTurn(), DeviceCapabilities.ip(1500));
  private final List<UdpConnection> sockets = new ArrayList<>();
  private NetworkStack stack;

  @BeforeEach
  void start() {
    UnprobedStack.create().runOn(loop).random(new Random(1))
        .device("old", any -> old, "10.0.0.1/24", "fe80::a/64")
        .device("young", any -> young, "10.0.1.1/24", "fe80::b/64")
        .start().subscribe(started -> stack = started);
    loop.settle();
    stack.udp().bind(5000).subscribe(sockets::add);
    loop.settle();
  }

  @AfterEach
  void stop() {
    stack.dispose();
    loop.settle();
  }

  private void join(String group) {
    for (String name : List.of("old", "young")) {
      sockets.getFirst().join(MulticastGroup.of(group).on(name)).subscribe();
    }
    loop.advance(Duration.ofSeconds(60));
  }

  @Test
  @Requirement({"RFC3376-7.2.1-02", "RFC3810-8.2.1-02"})
  void eachInterfaceUsesTheVersionOfItsRouters() {
    old.inject(igmpPacket("10.0.0.254", "224.0.0.1", igmp(0x11, 100, "0.0.0.0"), ALERT));
    old.inject(mldPacket("fe80::fe", "ff02::1", 1, mld("fe80::fe", "ff02::1", 130, 10_000, "::")));
    join("239.1.2.3");
    assertThat(old.takeSent()).hasSize(2).allSatisfy(packet -> assertThat(packet[24]).isEqualTo((byte) 0x16));
    assertThat(young.takeSent()).hasSize(2).allSatisfy(packet -> assertThat(packet[24]).isEqualTo((byte) 0x22));
    join("ff15::3");
    assertThat(old.takeSent()).hasSize(2).allSatisfy(packet -> assertThat(packet[48]).isEqualTo((byte) 131));
    assertThat(young.takeSent()).hasSize(2).allSatisfy(packet -> assertThat(packet[48]).isEqualTo((byte) 143));
  }

  @Test
  void stoppingHostLeavesItsGroups() {
    join("239.1.2.3");
    young.takeSent();
    stack.dispose();
    loop.settle();
    // CHANGE_TO_INCLUDE without sources.
    assertThat(young.takeSent()).hasSize(1).allSatisfy(packet -> assertThat(packet[32]).isEqualTo((byte) 3));
    assertThat(loop.deadline()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
  }
}
