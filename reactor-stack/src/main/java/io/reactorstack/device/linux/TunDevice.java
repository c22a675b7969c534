package io.reactorstack.device.linux;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceCapabilities.Medium;
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
  private final boolean offload;

  private TunDevice(String name, boolean offload) {
    this.name = name;
    this.offload = offload;
  }

  /**
   * Returns a device on the interface called {@code name}.
   *
   * @param name at most 15 bytes; {@code tun%d} lets the kernel choose the number
   * @throws IllegalArgumentException if {@code name} is not a valid interface name
   */
  public static TunDevice named(String name) {
    return new TunDevice(InterfaceRequest.checkName(name), LinuxDevice.OFFLOAD_BY_DEFAULT);
  }

  /**
   * Returns a copy that leaves checksums and the cutting of long packets to the kernel if {@code use} is true and the
   * kernel supports it, or does without; true by default. With offload the device also receives packets of up to 65535 bytes that the
   * kernel has not cut, and packets whose checksum is unfinished; their facts say so.
   */
  public TunDevice offload(boolean use) {
    return new TunDevice(name, use);
  }

  @Override
  public TunDevice withoutOffload() {
    return offload(false);
  }

  @Override
  public @Nullable String interfaceName() {
    return name.contains("%") ? null : name;
  }

  @Override
  public NetworkDevice open(IoEventLoop loop) {
    LinuxDevice.requireLoop("TUN device " + name, loop);
    TunInterface tun = TunInterface.open(TunInterface.Kind.TUN, name, offload);
    return new LinuxDevice("TUN device " + tun.name(), loop, tun.io(Medium.IP, tun.mtu()),
        DeviceCapabilities.ip(tun.mtu()).withOffload(tun.offload()));
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
