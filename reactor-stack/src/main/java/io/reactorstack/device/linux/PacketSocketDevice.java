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
 * A host of its own on an existing Ethernet interface of the Linux kernel, through a packet socket; needs {@code
 * CAP_NET_RAW}.
 *
 * <p>The kernel's own stack goes on using the interface. With a MAC address of its own, the default, the two are
 * different stations on the cable; they do not hear each other. Frames that this machine sends are not received.
 *
 * <p>The MTU is the interface's at the time of opening. Frames that are longer are dropped and counted, except TCP
 * super-frames that a sender on this machine left to be cut by its device.
 */
public final class PacketSocketDevice implements NetworkDevice.Factory {

  private static final int ETHERNET_HEADER_AND_TAG = 18;
  private static final int MAX_MTU = 65535;

  private final String interfaceName;
  private final @Nullable MacAddress macAddress;
  private final boolean bypassQdisc;

  private PacketSocketDevice(String interfaceName, @Nullable MacAddress macAddress, boolean bypassQdisc) {
    this.interfaceName = interfaceName;
    this.macAddress = macAddress;
    this.bypassQdisc = bypassQdisc;
  }

  /**
   * The interface called {@code interfaceName}, with a random MAC address.
   *
   * @throws IllegalArgumentException if no interface can be called so
   */
  public static PacketSocketDevice on(String interfaceName) {
    return new PacketSocketDevice(
        InterfaceRequest.checkName(interfaceName), MacAddress.random(new SecureRandom()), false);
  }

  /** The same with this MAC address; the interface is made promiscuous so that it lets frames to it pass. */
  public PacketSocketDevice macAddress(MacAddress address) {
    return new PacketSocketDevice(interfaceName, OwnAddress.check(address), bypassQdisc);
  }

  /** The same with a MAC address drawn, now, from {@code random}. */
  public PacketSocketDevice macAddress(RandomGenerator random) {
    return macAddress(MacAddress.random(random));
  }

  /**
   * The same with the interface's own MAC address, for links that carry no other (wireless ones, many virtual machines).
   * The IP addresses must still be others than the kernel's.
   */
  public PacketSocketDevice interfaceMacAddress() {
    return new PacketSocketDevice(interfaceName, null, bypassQdisc);
  }

  /** The same, with frames to send going past the interface's queueing discipline: faster, and dropped when it is busy. */
  public PacketSocketDevice bypassQdisc() {
    return new PacketSocketDevice(interfaceName, macAddress, true);
  }

  @Override
  public String interfaceName() {
    return interfaceName;
  }

  @Override
  public NetworkDevice open(IoEventLoop loop) {
    LinuxDevice.requireLoop(toString(), loop);
    PacketSocket socket = PacketSocket.open(interfaceName, macAddress != null, bypassQdisc);
    MacAddress address = macAddress == null ? socket.hardwareAddress() : macAddress;
    int mtu = Math.min(MAX_MTU, socket.mtu());
    PacketIo io = new PacketIo(socket, mtu + ETHERNET_HEADER_AND_TAG);
    return new LinuxDevice(toString(), loop, io, DeviceCapabilities.ethernet(address, mtu));
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
