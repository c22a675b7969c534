package io.reactorstack;

import static io.reactorstack.testing.Packets.arp;
import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.from;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Rejections;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.DhcpAddresses;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpOptions;
import io.reactorstack.wire.DhcpType;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The frames of a host that is configured by DHCP: what it sends and receives before it has an address. */
class DhcpReceptionTest {

  private static final String MAC = "02:00:00:00:00:0a";
  private static final String SERVER_MAC = "02:00:00:00:00:01";
  private static final int UDP = 17;

  private final VirtualLoop loop = new VirtualLoop();
  private final TestDevice device = new TestDevice(
      loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));
  private final NetworkStack stack = UnprobedStack.create().runOn(loop).random(new Random(1))
      .device("eth0", any -> device).dhcp("eth0", dhcp -> dhcp.withAddressCheck(false)).startNow();
  private final List<DhcpStatus> states = new ArrayList<>();

  DhcpReceptionTest() {
    stack.dhcp("eth0").status().subscribe(states::add);
    loop.settle();
  }

  @AfterEach
  void stop() {
    stack.dispose();
    loop.settle();
    assertThat(loop.deadline()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
    FrameBalance.assertBalanced(stack);
  }

  private DhcpMessage taken() {
    List<byte[]> frames = device.takeSent().stream().filter(frame -> frame[12] == 8 && frame[13] == 0).toList();
    assertThat(frames).hasSize(1);
    byte[] packet = from(frames.getFirst(), 14);
    assertThat(packet).startsWith(0x45).containsSequence(0, 68, 0, 67);
    DhcpMessage message = DhcpMessage.parse(Unpooled.wrappedBuffer(from(packet, 28)), Rejections.UNCOUNTED);
    assertThat(message).isNotNull();
    return message;
  }

  private byte[] reply(DhcpMessage to, DhcpType type, String destination, int port) {
    var reply = new DhcpMessage(type, 0, to.xid(), 0, false,
        DhcpAddresses.NONE.withYiaddr(Ipv4Address.parse("10.0.0.7")), to.chaddr(),
        DhcpOptions.NONE.withAddress(DhcpOptions.SERVER_ID, Ipv4Address.parse("10.0.0.1"))
            .withNumber(DhcpOptions.LEASE_TIME, 1000, 4));
    ByteBuf bytes = Unpooled.buffer(reply.length()).setIndex(reply.length(), reply.length());
    reply.write(bytes);
    byte[] data = ByteBufUtil.getBytes(bytes);
    return ethernet(MAC, SERVER_MAC, 0x0800,
        ipv4("10.0.0.1", destination, UDP, udp("10.0.0.1", 67, destination, port, data)));
  }

  private void hear(byte[] frame) {
    device.inject(frame);
    loop.settle();
  }

  private DhcpStatus.Phase phase() {
    return states.getLast().phase();
  }

  @Test
  @Requirement({"RFC2131-2-03"})
  void receivesUnicastRepliesToTheAddressThatItDoesNotHaveYet() {
    DhcpMessage discover = taken();
    assertThat(discover.broadcast()).isFalse();
    hear(reply(discover, DhcpType.OFFER, "10.0.0.7", 68));
    DhcpMessage request = taken();
    assertThat(request.type()).isEqualTo(DhcpType.REQUEST);
    hear(reply(request, DhcpType.ACK, "10.0.0.7", 68));
    assertThat(phase()).isEqualTo(DhcpStatus.Phase.BOUND);
  }

  @Test
  void otherPacketsToForeignAddressesAreNotAccepted() {
    DhcpMessage discover = taken();
    hear(reply(discover, DhcpType.OFFER, "10.0.0.7", 69));
    hear(reply(discover, DhcpType.OFFER, "224.0.0.9", 68));
    assertThat(phase()).isEqualTo(DhcpStatus.Phase.SELECTING);
    hear(reply(discover, DhcpType.OFFER, "10.0.0.7", 68));
    hear(reply(taken(), DhcpType.ACK, "10.0.0.7", 68));
    // The client has its address now: packets to others are for others.
    long before = stack.drops().total();
    hear(reply(discover, DhcpType.OFFER, "10.0.0.8", 68));
    assertThat(stack.drops().total()).isEqualTo(before + 1);
    assertThat(stack.drops().snapshot()).doesNotContainKey("dhcp.UNEXPECTED");
    hear(reply(discover, DhcpType.OFFER, "10.0.0.7", 68));
    assertThat(stack.drops().snapshot()).containsEntry("dhcp.UNEXPECTED", 1L);
  }

  /** Returns the ARP packets with which a client with default settings probes the address 10.0.0.7. */
  private List<byte[]> probes() {
    device.takeSent();
    stack.dispose();
    loop.settle();
    TestDevice other = new TestDevice(loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));
    NetworkStack checking = UnprobedStack.create().runOn(loop).random(new Random(2)).device("eth0", any -> other).dhcp()
        .startNow();
    for (DhcpType type : List.of(DhcpType.OFFER, DhcpType.ACK)) {
      loop.settle();
      byte[] packet = from(other.takeSent().getFirst(), 42);
      DhcpMessage asked = DhcpMessage.parse(Unpooled.wrappedBuffer(packet), Rejections.UNCOUNTED);
      other.inject(reply(asked, type, "10.0.0.7", 68));
    }
    loop.advance(Duration.ofSeconds(4));
    List<byte[]> sent = other.takeSent();
    checking.dispose();
    loop.settle();
    return sent;
  }

  @Test
  @Requirement({"RFC5227-1.1-01", "RFC5227-1.1-02", "RFC5227-1.1-03"})
  void aProbeHasNoSenderAddress() {
    assertThat(probes().getFirst()).isEqualTo(ethernet("ff:ff:ff:ff:ff:ff", MAC, 0x0806,
        arp(1, MAC, "0.0.0.0", "00:00:00:00:00:00", "10.0.0.7")));
  }

  @Test
  @Requirement({"RFC5227-1.1-04", "RFC5227-2.1.1-01", "RFC5227-2.1.1-03"})
  void allProbesAreTheSame() {
    assertThat(probes()).hasSizeBetween(2, 3).allSatisfy(probe -> assertThat(from(probe, 14))
        .isEqualTo(arp(1, MAC, "0.0.0.0", "00:00:00:00:00:00", "10.0.0.7")));
  }

  @Test
  void theClientsPortBelongsToTheClient() {
    assertThatThrownBy(() -> stack.udp().bind(68).block()).hasRootCauseInstanceOf(BindException.class);
    assertThat(stack.udp().bind(67).block()).isNotNull();
  }

  @Test
  void aDeviceWithoutCreditHoldsABoundedNumberOfMessages() {
    TestDevice slow = new TestDevice(loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));
    slow.holdCredit();
    NetworkStack waiting = UnprobedStack.create().runOn(loop).random(new Random(3)).device("eth0", any -> slow).dhcp()
        .startNow();
    loop.advance(Duration.ofHours(2));
    assertThat(slow.takeSent()).isEmpty();
    assertThat(waiting.drops().snapshot()).containsKey("dhcp.QUEUE_FULL");
    waiting.dispose();
    loop.settle();
  }

  @Test
  void aMediumWithoutAddressesCannotBeConfigured() {
    TestDevice tun = new TestDevice(loop.newTurn(), DeviceCapabilities.ip(1500));
    StackConfiguration configuration = UnprobedStack.create().runOn(loop).device("tun0", any -> tun).dhcp();
    assertThatThrownBy(configuration::startNow).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("DHCP needs Ethernet, and the interface tun0 has no MAC address");
    assertThatThrownBy(() -> UnprobedStack.create().dhcp()).isInstanceOf(IllegalStateException.class);
  }
}
