package io.reactorstack.ip;

import static io.reactorstack.testing.Packets.fragment;
import static io.reactorstack.testing.Packets.fragment6;
import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host with the smallest memory limit under floods of fragments. */
@Timeout(120)
class ReassemblyMemoryTest {

  private static final String OWN = "10.0.0.1";
  private static final String OWN6 = "2001:db8::1";
  private static final int SOURCES = 100_000;
  /** The share of the host's memory that fragments may hold. */
  private static final long MOST = HostMemory.MIN_LIMIT / 4;

  private final VirtualLoop loop = new VirtualLoop();
  private final TestDevice device = new TestDevice(loop.newTurn(), DeviceCapabilities.ip(1500));
  private final NetworkStack stack = UnprobedStack.create().runOn(loop).random(new Random(1))
      .memoryLimit(HostMemory.MIN_LIMIT).device("tun0", any -> device, OWN + "/8", OWN6 + "/64").startNow();
  private final List<byte[]> received = new ArrayList<>();

  @BeforeEach
  void serve() {
    stack.udp().bind(7).flatMapMany(socket -> socket.receive()).subscribe(datagram -> {
      received.add(ByteBufUtil.getBytes(datagram.payload()));
      datagram.release();
    }, stopped -> {
    });
    loop.settle();
  }

  @AfterEach
  void everythingIsReleased() {
    loop.advance(Duration.ofMinutes(2));
    assertThat(stack.meters().sum(IpMeter.REASSEMBLY_OCTETS)).isZero();
    assertThat(stack.meters().sum(IpMeter.PARTIAL_PACKETS)).isZero();
    assertThat(stack.meters().sum(FrameMeter.FRAMES_HELD)).isZero();
    FrameBalance.assertBalanced(stack);
    stack.dispose();
    loop.settle();
    assertThat(stack.memory().held()).isZero();
  }

  private void assertBounded() {
    assertThat(stack.meters().sum(IpMeter.REASSEMBLY_OCTETS)).isLessThanOrEqualTo(MOST);
    assertThat(stack.memory().held()).isLessThanOrEqualTo(HostMemory.MIN_LIMIT);
  }

  /** Sends a datagram, a ping and a datagram in two fragments, all from one peer that takes no part in the flood. */
  private void assertUnharmed(int number) {
    String peer = "10.200.0.2";
    byte[] data = new byte[2000];
    data[0] = (byte) number;
    received.clear();
    device.takeSent();
    device.inject(ipv4(peer, OWN, 17, udp(peer, 9, OWN, 7, Arrays.copyOf(data, 10))));
    byte[] whole = udp(peer, 9, OWN, 7, data);
    device.inject(fragment(peer, OWN, 17, number, 0, true, Arrays.copyOf(whole, 1480)));
    device.inject(fragment(peer, OWN, 17, number, 1480, false, Arrays.copyOfRange(whole, 1480, whole.length)));
    device.inject(ipv4(peer, OWN, 1, icmp(8, 0, number, data)));
    loop.settle();
    assertThat(received).containsExactly(Arrays.copyOf(data, 10), data);
    assertThat(device.takeSent()).as("an echo reply in two fragments").hasSize(2);
  }

  @Test
  void firstFragmentsFromAHundredThousandSourcesHoldAQuarterOfTheMemory() {
    byte[] data = new byte[1400];
    for (int i = 0; i < SOURCES; i++) {
      String source = "10." + (1 + i % 100) + '.' + i / 100 % 250 + '.' + (1 + i / 25_000);
      device.inject(fragment(source, OWN, 17, i & 0xffff, 0, true, data));
      assertBounded();
      if (i % 5000 == 4999) {
        assertUnharmed(i / 5000);
      }
    }
    assertThat(stack.drops().get(IpDrop.REASSEMBLY_LIMIT)).isGreaterThan(SOURCES - 1000);
  }

  @Test
  void fragmentsOverIpv6FromAHundredThousandSourcesHoldAQuarterOfTheMemory() {
    byte[] data = new byte[64];
    for (int i = 0; i < SOURCES; i++) {
      String source = "2001:db8::" + Integer.toHexString(2 + i / 50_000) + ":" + Integer.toHexString(1 + i % 50_000);
      device.inject(fragment6(source, OWN6, 17, i, 0, true, data));
      assertBounded();
      if (i % 10_000 == 9999) {
        assertUnharmed(i / 10_000);
      }
    }
    assertThat(stack.drops().get(IpDrop.REASSEMBLY_LIMIT)).isGreaterThan(SOURCES / 2);
  }

  @Test
  void theRestOfTheMemoryRemainsForOthers() {
    byte[] data = new byte[1400];
    for (int i = 0; i < 2000; i++) {
      device.inject(fragment("10.3." + i / 250 + '.' + (1 + i % 250), OWN, 17, i, 0, true, data));
    }
    long held = stack.meters().sum(IpMeter.REASSEMBLY_OCTETS);
    assertThat(held).isGreaterThan(MOST * 9 / 10);
    assertThat(stack.memory().limit() - stack.memory().held()).isGreaterThan(HostMemory.MIN_LIMIT * 7 / 10);
    // Half a minute later the held packets are still there; after a minute ICMP errors report them, within limits.
    loop.advance(Duration.ofSeconds(30));
    assertThat(stack.meters().sum(IpMeter.REASSEMBLY_OCTETS)).isEqualTo(held);
    device.takeSent();
    loop.advance(Duration.ofSeconds(31));
    assertThat(stack.meters().sum(IpMeter.REASSEMBLY_OCTETS)).isZero();
    assertThat(device.takeSent().size()).as("ICMP errors").isLessThan(150);
  }
}
