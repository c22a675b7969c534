package io.reactorstack.device.linux;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.NetworkDevice;
import org.jspecify.annotations.Nullable;

/**
 * A TUN interface of the Linux kernel: bare IPv4 and IPv6 packets, to and from the host at the other end.
 *
 * <p>The interface is made if it does not exist, which needs {@code CAP_NET_ADMIN}, and vanishes with the device then.
 * One that was made with {@code ip tuntap add … user …} can be opened by that user.
 *
 * <p>The MTU is the interface's at the time of opening. Packets that are longer are dropped and counted.
 */
public final class TunDevice implements NetworkDevice.Factory {

  private final String name;

  private TunDevice(String name) {
    this.name = name;
  }

  /**
   * The interface called {@code name}.
   *
   * @param name at most 15 bytes; {@code tun%d} lets the kernel choose the number
   * @throws IllegalArgumentException if no interface can be called so
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
