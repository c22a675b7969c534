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
 * A TAP interface of the Linux kernel: we are the host at the other end of its cable.
 *
 * <p>The interface is made if it does not exist, which needs {@code CAP_NET_ADMIN}, and vanishes with the device then.
 * One that was made with {@code ip tuntap add … user …} can be opened by that user.
 *
 * <p>The MTU is the interface's at the time of opening. Frames that are longer are dropped and counted.
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
   * The interface called {@code name}, with a random MAC address for our side of it.
   *
   * @param name at most 15 bytes; {@code tap%d} lets the kernel choose the number
   * @throws IllegalArgumentException if no interface can be called so
   */
  public static TapDevice named(String name) {
    return new TapDevice(InterfaceRequest.checkName(name), MacAddress.random(new SecureRandom()));
  }

  /**
   * The same interface with this MAC address for our side of it. It must not be the one that the kernel shows, which is
   * that of its own side.
   */
  public TapDevice macAddress(MacAddress address) {
    return new TapDevice(name, OwnAddress.check(address));
  }

  /** The same interface with a MAC address for our side of it drawn, now, from {@code random}. */
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
