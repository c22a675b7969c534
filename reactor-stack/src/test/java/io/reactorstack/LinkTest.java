package io.reactorstack;

import static io.reactorstack.testing.Packets.ethernet;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.ethernet.EthernetDrop;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.VirtualLoop;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The layers of an Ethernet interface, as a host assembles them. */
class LinkTest {

  private static final String MAC = "02:00:00:00:00:0a";
  private static final String PEER = "02:00:00:00:00:0b";

  private final VirtualLoop loop = new VirtualLoop();
  private final TestDevice device = new TestDevice(
      loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));

  @Test
  void frameOfUnknownTypeIsDroppedAndCountedForTheLink() {
    NetworkStack stack = NetworkStack.create().runOn(loop).random(new Random(1))
        .device("eth0", any -> device, "10.0.0.1/24").startNow();
    for (int type : new int[] {0x0600, 0x86dd, 0x88cc, 0xffff}) {
      device.inject(ethernet(MAC, PEER, type, new byte[46]));
    }
    loop.settle();
    assertThat(stack.drops().snapshot()).isEqualTo(Map.of("ethernet." + EthernetDrop.UNKNOWN_TYPE, 4L));
    stack.dispose();
    loop.settle();
  }
}
