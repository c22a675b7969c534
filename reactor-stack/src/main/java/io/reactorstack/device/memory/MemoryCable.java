package io.reactorstack.device.memory;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;

/**
 * A cable of two ends in memory, each to be opened once: on one event loop or on two.
 *
 * <p>A frame sent at one end is received at the other; its buffer changes the owner and is not copied. Each direction
 * holds a bounded number of frames; when it is full its sender gets no credit, hence nothing is lost. What is sent before
 * the other end is open waits there; what is sent after the other end was disposed of is dropped and counted.
 */
public final class MemoryCable {

  /** Frames that a direction holds if nothing else is said. */
  public static final int DEFAULT_RING = 256;

  private static final int MAX_RING = 1 << 20;

  private final DeviceCapabilities left;
  private final DeviceCapabilities right;
  private final MemoryRing leftToRight;
  private final MemoryRing rightToLeft;

  /**
   * A cable whose ends have these capabilities.
   *
   * @param ring frames that each direction holds, at least 1
   * @throws IllegalArgumentException if the ends differ in their medium, or the ring is not possible
   */
  public MemoryCable(DeviceCapabilities left, DeviceCapabilities right, int ring) {
    if (Checks.given("left", left).medium() != Checks.given("right", right).medium()) {
      throw new IllegalArgumentException(
          "the left and the right end differ: a cable from " + left.medium() + " to " + right.medium());
    }
    Checks.range("ring", ring, 1, MAX_RING, "frames");
    this.left = left;
    this.right = right;
    this.leftToRight = new MemoryRing(ring);
    this.rightToLeft = new MemoryRing(ring);
  }

  /** An Ethernet cable between 02:00:00:00:00:01 (left) and 02:00:00:00:00:02 (right). */
  public static MemoryCable ethernet(int mtu) {
    return new MemoryCable(
        DeviceCapabilities.ethernet(new MacAddress(0x0200_0000_0001L), mtu),
        DeviceCapabilities.ethernet(new MacAddress(0x0200_0000_0002L), mtu),
        DEFAULT_RING);
  }

  /** A cable that carries bare IP packets. */
  public static MemoryCable ip(int mtu) {
    return new MemoryCable(DeviceCapabilities.ip(mtu), DeviceCapabilities.ip(mtu), DEFAULT_RING);
  }

  /** Opens the left end. */
  public NetworkDevice.Factory left() {
    return loop -> new MemoryDevice(loop, left, rightToLeft, leftToRight);
  }

  /** Opens the right end. */
  public NetworkDevice.Factory right() {
    return loop -> new MemoryDevice(loop, right, leftToRight, rightToLeft);
  }
}
