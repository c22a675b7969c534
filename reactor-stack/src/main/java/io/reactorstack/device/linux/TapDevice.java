package io.reactorstack.device.linux;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.device.DeviceCapabilities;
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

  private TapDevice(String name, MacAddress macAddress) {
    this.name = name;
    this.macAddress = macAddress;
  }

  /**
   * Returns a device on the interface called {@code name}, with a random MAC address for this host.
   *
   * @param name at most 15 bytes; {@code tap%d} lets the kernel choose the number
   * @throws IllegalArgumentException if {@code name} is not a valid interface name
   */
  public static TapDevice named(String name) {
    return new TapDevice(InterfaceRequest.checkName(name), MacAddress.random(new SecureRandom()));
  }

  /**
   * Returns a copy with the given MAC address for this host. It must differ from the address of the interface, which
   * {@code ip link} shows: that one belongs to the kernel's side of the cable.
   *
   * @throws IllegalArgumentException if it is a group address or zero
   */
  public TapDevice macAddress(MacAddress address) {
    return new TapDevice(name, MacAddressCheck.check(address));
  }

  /** Returns a copy with a MAC address for this host that is drawn immediately from {@code random}. */
  public TapDevice macAddress(RandomGenerator random) {
    return new TapDevice(name, MacAddress.random(random));
  }

  @Override
  public @Nullable String interfaceName() {
    return name.contains("%") ? null : name;
  }

  @Override
  public NetworkDevice open(IoEventLoop loop) {
    LinuxDevice.requireLoop("TAP device " + name, loop);
    TunInterface tap = TunInterface.open(TunInterface.Kind.TAP, name);
    TunIo io = new TunIo(tap, tap.mtu() + ETHERNET_HEADER_AND_TAG);
    return new LinuxDevice(
        "TAP device " + tap.name(), loop, io, DeviceCapabilities.ethernet(macAddress, tap.mtu()));
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
