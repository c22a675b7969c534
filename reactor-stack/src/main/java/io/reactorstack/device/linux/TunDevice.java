package io.reactorstack.device.linux;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.NetworkDevice;
import org.jspecify.annotations.Nullable;

/**
 * A TUN interface of the Linux kernel. It carries bare IPv4 and IPv6 packets between this host and the kernel.
 *
 * <p>If the interface does not exist, it is created, which needs {@code CAP_NET_ADMIN}, and deleted when the device is
 * closed. An interface that was created with {@code ip tuntap add … user …} can be opened by that user.
 *
 * <p>The MTU of the device is the MTU of the interface when it is opened. Longer packets are dropped and counted.
 */
public final class TunDevice implements NetworkDevice.Factory {

  private final String name;

  private TunDevice(String name) {
    this.name = name;
  }

  /**
   * Returns a device on the interface called {@code name}.
   *
   * @param name at most 15 bytes; {@code tun%d} lets the kernel choose the number
   * @throws IllegalArgumentException if {@code name} is not a valid interface name
   */
  public static TunDevice named(String name) {
    return new TunDevice(InterfaceRequest.checkName(name));
  }

  @Override
  public @Nullable String interfaceName() {
    return name.contains("%") ? null : name;
  }

  @Override
  public NetworkDevice open(IoEventLoop loop) {
    LinuxDevice.requireLoop("TUN device " + name, loop);
    TunInterface tun = TunInterface.open(TunInterface.Kind.TUN, name);
    return new LinuxDevice(
        "TUN device " + tun.name(),
        loop,
        new TunIo(tun, tun.mtu()),
        DeviceCapabilities.ip(tun.mtu()));
  }

  @Override
  public IoEventLoopGroup newLoopGroup(String threadName) {
    return new LinuxEventLoopGroup(1, threadName);
  }

  @Override
  public String toString() {
    return "TUN device " + name;
  }
}
