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
 * A packet socket on an existing Ethernet interface of the Linux kernel: the stack is a host of its own on that link.
 * Needs {@code CAP_NET_RAW}.
 *
 * <p>The kernel's own stack continues to use the interface. By default this host has a MAC address of its own, and the
 * two are different stations on the cable. They cannot reach each other, because frames that this machine sends are not
 * received.
 *
 * <p>The MTU of the device is the MTU of the interface when it is opened. Longer frames are dropped and counted, except
 * TCP super-frames that a sender on this machine left to its device to split.
 */
public final class PacketSocketDevice implements NetworkDevice.Factory {

  private static final int ETHERNET_HEADER_AND_TAG = 18;
  private static final int MAX_MTU = 65535;

  private final String interfaceName;
  private final @Nullable MacAddress macAddress;
  private final boolean bypassQdisc;
  private final boolean offload;

  private PacketSocketDevice(
      String interfaceName, @Nullable MacAddress macAddress, boolean bypassQdisc, boolean offload) {
    this.interfaceName = interfaceName;
    this.macAddress = macAddress;
    this.bypassQdisc = bypassQdisc;
    this.offload = offload;
  }

  /**
   * Returns a device on the interface called {@code interfaceName}, with a random MAC address.
   *
   * @throws IllegalArgumentException if {@code interfaceName} is not a valid interface name
   */
  public static PacketSocketDevice on(String interfaceName) {
    return new PacketSocketDevice(
        InterfaceRequest.checkName(interfaceName), MacAddress.random(new SecureRandom()), false,
        LinuxDevice.OFFLOAD_BY_DEFAULT);
  }

  /**
   * Returns a copy with the given MAC address; the interface becomes promiscuous to accept frames for it.
   *
   * @throws IllegalArgumentException if it is a group address or zero
   */
  public PacketSocketDevice macAddress(MacAddress address) {
    return new PacketSocketDevice(interfaceName, MacAddressCheck.check(address), bypassQdisc, offload);
  }

  /** Returns a copy with a MAC address that is drawn immediately from {@code random}. */
  public PacketSocketDevice macAddress(RandomGenerator random) {
    return macAddress(MacAddress.random(random));
  }

  /**
   * Returns a copy that uses the MAC address of the interface, for links that carry no other address (wireless links,
   * many virtual machines). The IP addresses must still differ from those of the kernel.
   */
  public PacketSocketDevice interfaceMacAddress() {
    return new PacketSocketDevice(interfaceName, null, bypassQdisc, offload);
  }

  /**
   * Returns a copy whose sent frames bypass the queueing discipline of the interface: this is faster, but frames are
   * dropped when the interface is busy.
   */
  public PacketSocketDevice bypassQdisc() {
    return new PacketSocketDevice(interfaceName, macAddress, true, offload);
  }

  /**
   * Returns a copy that leaves checksums and the cutting of long packets to the kernel if {@code use} is true and the
   * kernel supports it, or does without; true by default. With offload the device also receives packets of up to 65535 bytes that were not
   * cut, or that the interface has merged; their facts say so. Together with {@link #bypassQdisc} the kernel completes
   * checksums only.
   */
  public PacketSocketDevice offload(boolean use) {
    return new PacketSocketDevice(interfaceName, macAddress, bypassQdisc, use);
  }

  @Override
  public PacketSocketDevice withoutOffload() {
    return offload(false);
  }

  @Override
  public String interfaceName() {
    return interfaceName;
  }

  @Override
  public NetworkDevice open(IoEventLoop loop) {
    LinuxDevice.requireLoop(toString(), loop);
    PacketSocket socket = PacketSocket.open(interfaceName, macAddress != null, bypassQdisc, offload);
    MacAddress address = macAddress == null ? socket.hardwareAddress() : macAddress;
    int mtu = Math.min(MAX_MTU, socket.mtu());
    PacketIo io = new PacketIo(socket, mtu + ETHERNET_HEADER_AND_TAG);
    return new LinuxDevice(
        toString(), loop, io, DeviceCapabilities.ethernet(address, mtu).withOffload(socket.offload()));
  }

  @Override
  public IoEventLoopGroup newLoopGroup(String threadName) {
    return new LinuxEventLoopGroup(1, threadName);
  }

  @Override
  public String toString() {
    return "packet socket on " + interfaceName;
  }
}
