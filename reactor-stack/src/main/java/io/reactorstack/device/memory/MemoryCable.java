package io.reactorstack.device.memory;

import io.netty.channel.IoEventLoop;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Offload;
import io.reactorstack.setting.Checks;

/**
 * An in-memory cable that connects two network devices, on one event loop or on two. Each end can be opened once.
 *
 * <p>A frame sent at one end is received at the other; its buffer changes its owner and is not copied. With every
 * offload, a host passes the data of TCP by reference, in segments of up to 64 KiB that are neither cut nor summed nor
 * copied. Such data is read-only where it is received, because its sender holds it until it is acknowledged. Frames for an
 * end without offload are cut to the MTU, with checksums, as on a wire.
 *
 * <p>Each direction holds a bounded number of frames; when it is full, its sender gets no credit, so no frame is lost. Frames that are
 * sent before the other end is opened wait in the cable; frames that are sent after the other end was disposed of are
 * dropped and counted.
 */
public final class MemoryCable {

  /** The default number of frames that each direction holds. */
  public static final int DEFAULT_RING = 256;

  private static final int MAX_RING = 1 << 20;

  private final DeviceCapabilities left;
  private final DeviceCapabilities right;
  private final MemoryRing leftToRight;
  private final MemoryRing rightToLeft;

  /**
   * Creates a cable whose ends have the given capabilities.
   *
   * @param ring number of frames that each direction holds, 1 to 1048576
   * @throws IllegalArgumentException if the media of the ends differ, or {@code ring} is out of range
   */
  public MemoryCable(DeviceCapabilities left, DeviceCapabilities right, int ring) {
    if (Checks.given("left", left).medium() != Checks.given("right", right).medium()) {
      throw new IllegalArgumentException(
          "the media of the ends differ: left " + left.medium() + ", right " + right.medium());
    }
    Checks.range("ring", ring, 1, MAX_RING, "frames");
    this.left = left;
    this.right = right;
    this.leftToRight = new MemoryRing(ring);
    this.rightToLeft = new MemoryRing(ring);
  }

  /**
   * Creates an Ethernet cable with every offload; the MAC addresses are 02:00:00:00:00:01 (left) and 02:00:00:00:00:02
   * (right).
   */
  public static MemoryCable ethernet(int mtu) {
    return new MemoryCable(
        DeviceCapabilities.ethernet(new MacAddress(0x0200_0000_0001L), mtu).withOffload(Offload.ALL),
        DeviceCapabilities.ethernet(new MacAddress(0x0200_0000_0002L), mtu).withOffload(Offload.ALL),
        DEFAULT_RING);
  }

  /** Creates a cable with every offload that carries bare IP packets. */
  public static MemoryCable ip(int mtu) {
    DeviceCapabilities end = DeviceCapabilities.ip(mtu).withOffload(Offload.ALL);
    return new MemoryCable(end, end, DEFAULT_RING);
  }

  /**
   * Returns a cable of the same ring and MTU whose ends have no offload: the stacks cut their data into frames of
   * the MTU, and compute and verify checksums, as on a wire. For decorators and tests that count, change or capture
   * frames.
   */
  public MemoryCable withoutOffload() {
    return new MemoryCable(left.withOffload(Offload.NONE), right.withOffload(Offload.NONE), leftToRight.capacity());
  }

  /** Returns the factory that opens the left end. */
  public NetworkDevice.Factory left() {
    return new End(left, rightToLeft, leftToRight);
  }

  /** Returns the factory that opens the right end. */
  public NetworkDevice.Factory right() {
    return new End(right, leftToRight, rightToLeft);
  }

  /** The factory of one end. */
  private record End(DeviceCapabilities capabilities, MemoryRing in, MemoryRing out) implements NetworkDevice.Factory {

    @Override
    public NetworkDevice open(IoEventLoop loop) {
      return new MemoryDevice(loop, capabilities, in, out);
    }

    @Override
    public NetworkDevice.Factory withoutOffload() {
      return new End(capabilities.withOffload(Offload.NONE), in, out);
    }
  }
}
