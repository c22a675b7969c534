package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Offload;

/** The cables in memory between two stacks. */
public final class Cables {

  private static final int MTU = 1500;
  private static final int RING = 256;

  private Cables() {}

  /** Returns a cable for frames of MTU 1500 with checksums, as between two machines. */
  public static MemoryCable cut() {
    return MemoryCable.ethernet(MTU);
  }

  /** Returns a cable that carries data as it was sent: in the largest packets, and without checksums. */
  public static MemoryCable whole() {
    return new MemoryCable(capabilities(0x0200_0000_0001L), capabilities(0x0200_0000_0002L), RING);
  }

  private static DeviceCapabilities capabilities(long address) {
    return new DeviceCapabilities(DeviceCapabilities.Medium.ETHERNET, DeviceCapabilities.LARGEST_MTU,
        new MacAddress(address), new Offload(true, true, Offload.LONGEST, Offload.LONGEST));
  }
}
