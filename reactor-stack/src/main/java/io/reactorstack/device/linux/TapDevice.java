package io.reactorstack.device.linux;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.MacAddress;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A TAP interface of the Linux kernel. This host and the kernel are the two stations on its virtual Ethernet cable.
 *
 * <p>If the interface does not exist, it is created, which needs {@code CAP_NET_ADMIN}, and deleted when the device is
 * closed. An interface that was created with {@code ip tuntap add … user …} can be opened by that user.
 *
 * <p>The MTU of the device is the MTU of the interface when it is opened. Longer frames are dropped and counted.
 */
public final class TapDevice implements NetworkDevice.Factory {

  private static final int ETHERNET_HEADER_AND_TAG = 18;

  private final String name;
  private final MacAddress macAddress;
  private final boolean offload;

  private TapDevice(String name, MacAddress macAddress, boolean offload) {
    this.name = name;
    this.macAddress = macAddress;
    this.offload = offload;
  }

  /**
   * Returns a device on the interface called {@code name}, with a random MAC address for this host.
   *
   * @param name at most 15 bytes; {@code tap%d} lets the kernel choose the number
   * @throws IllegalArgumentException if {@code name} is not a valid interface name
   */
  public static TapDevice named(String name) {
    return new TapDevice(InterfaceRequest.checkName(name), MacAddress.random(new SecureRandom()),
        LinuxDevice.OFFLOAD_BY_DEFAULT);
  }

  /**
   * Returns a copy with the given MAC address for this host. It must differ from the address of the interface, which
   * {@code ip link} shows: that one belongs to the kernel's side of the cable.
   *
   * @throws IllegalArgumentException if it is a group address or zero
   */
  public TapDevice macAddress(MacAddress address) {
    return new TapDevice(name, MacAddressCheck.check(address), offload);
  }

  /** Returns a copy with a MAC address for this host that is drawn immediately from {@code random}. */
  public TapDevice macAddress(RandomGenerator random) {
    return new TapDevice(name, MacAddress.random(random), offload);
  }

  /**
   * Returns a copy that leaves checksums and the cutting of long packets to the kernel if {@code use} is true and the
   * kernel supports it, or does without; true by default. With offload the device also receives packets of up to 65535 bytes that the
   * kernel has not cut, and packets whose checksum is unfinished; their facts say so.
   */
  public TapDevice offload(boolean use) {
    return new TapDevice(name, macAddress, use);
  }

  @Override
  public TapDevice withoutOffload() {
    return offload(false);
  }

  @Override
  public @Nullable String interfaceName() {
    return name.contains("%") ? null : name;
  }

  @Override
  public NetworkDevice open(IoEventLoop loop) {
    LinuxDevice.requireLoop("TAP device " + name, loop);
    TunInterface tap = TunInterface.open(TunInterface.Kind.TAP, name, offload);
    return new LinuxDevice("TAP device " + tap.name(), loop,
        tap.io(Medium.ETHERNET, tap.mtu() + ETHERNET_HEADER_AND_TAG),
        DeviceCapabilities.ethernet(macAddress, tap.mtu()).withOffload(tap.offload()));
  }

  @Override
  public IoEventLoopGroup newLoopGroup(String threadName) {
    return new LinuxEventLoopGroup(1, threadName);
  }

  @Override
  public String toString() {
    return "TAP device " + name;
  }
}
