package io.reactorstack.device.stream;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoHandler;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.LoopGroup;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A network device that exchanges Ethernet frames with a program over a Unix-domain socket. The framing is that of
 * QEMU: each frame is preceded by its length.
 *
 * <p>Such programs are <a href="https://passt.top">passt</a>, which connects this host to the real network through
 * ordinary sockets of its own, QEMU itself ({@code -netdev stream,server=on}) and {@code socket_vmnet}. The device
 * needs no privilege, and works on every system whose JDK has Unix-domain sockets.
 *
 * <p>The program must listen on the socket when the device is opened. When it closes the connection, the device fails
 * with {@link Reason#GONE}.
 */
public final class StreamSocketDevice implements NetworkDevice.Factory {

  private static final int DEFAULT_MTU = 1500;

  static {
    try {
      // The first Unix-domain socket makes the JDK read its properties from a file; do that here, not on a loop.
      SocketChannel.open(StandardProtocolFamily.UNIX).close();
    } catch (IOException | UnsupportedOperationException e) {
      // Opening a device reports the failure.
    }
  }

  private final Path path;
  private final MacAddress macAddress;
  private final int mtu;

  private StreamSocketDevice(Path path, MacAddress macAddress, int mtu) {
    this.path = path;
    this.macAddress = macAddress;
    this.mtu = mtu;
  }

  /**
   * Returns a device that connects to the socket at {@code path}, with a random MAC address and an MTU of 1500 bytes.
   */
  public static StreamSocketDevice at(Path path) {
    return new StreamSocketDevice(Checks.given("path", path), MacAddress.random(new SecureRandom()), DEFAULT_MTU);
  }

  /**
   * Returns a copy with the given MAC address.
   *
   * @throws IllegalArgumentException if it is a group address or zero
   */
  public StreamSocketDevice macAddress(MacAddress address) {
    if (!Checks.given("macAddress", address).isStation()) {
      throw new IllegalArgumentException("macAddress " + address + " is not the address of a station");
    }
    return new StreamSocketDevice(path, address, mtu);
  }

  /** Returns a copy with a MAC address that is drawn immediately from {@code random}. */
  public StreamSocketDevice macAddress(RandomGenerator random) {
    return new StreamSocketDevice(path, MacAddress.random(random), mtu);
  }

  /**
   * Returns a copy with the given MTU. The socket can carry any MTU; the program behind it may not.
   *
   * @param mtu largest IP packet, in bytes; 68 to 65535
   */
  public StreamSocketDevice mtu(int mtu) {
    return new StreamSocketDevice(path, macAddress, DeviceCapabilities.ethernet(macAddress, mtu).mtu());
  }

  @Override
  public NetworkDevice open(IoEventLoop loop) {
    if (!loop.inEventLoop()) {
      throw new IllegalStateException(this + " must be opened on the loop that will serve it");
    }
    if (!loop.isCompatible(NioIoHandle.class)) {
      throw new DeviceException(Reason.UNSUPPORTED, this + " needs a loop whose handler is Netty's NioIoHandler");
    }
    return new StreamDevice(toString(), loop, connect(), DeviceCapabilities.ethernet(macAddress, mtu));
  }

  private SocketChannel connect() {
    @Nullable
    SocketChannel channel = null;
    try {
      UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
      channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.configureBlocking(false);
      if (channel.connect(address)) {
        return channel;
      }
      // A connection to a local socket succeeds or fails immediately; it fails like this when the backlog of the
      // listening program is full.
      throw new DeviceException(Reason.BUSY, "cannot open " + this + ": the backlog of the listening program is full");
    } catch (IOException e) {
      close(channel);
      throw failure(e);
    } catch (UnsupportedOperationException e) {
      throw new DeviceException(Reason.UNSUPPORTED, "cannot open " + this + ": this system has no Unix-domain sockets");
    } catch (DeviceException e) {
      close(channel);
      throw e;
    }
  }

  private DeviceException failure(IOException e) {
    String text = "cannot open " + this + ": ";
    if (Files.notExists(path)) {
      return new DeviceException(Reason.NO_SUCH_DEVICE,
          text + "the socket does not exist; to create it: passt --socket " + path);
    }
    String message = String.valueOf(e.getMessage());
    if (message.contains("ermission denied")) {
      return new DeviceException(
          Reason.MISSING_PRIVILEGE, text + message + "; to grant it: chmod a+rw " + path);
    }
    return message.contains("refused")
        ? new DeviceException(Reason.NO_SUCH_DEVICE, text + "no program listens on it (" + message + ")")
        : new DeviceException(Reason.FAILED, text + message);
  }

  private static void close(@Nullable SocketChannel channel) {
    if (channel != null) {
      StreamDevice.closeQuietly(channel);
    }
  }

  @Override
  public IoEventLoopGroup newLoopGroup(String threadName) {
    return new LoopGroup(1, threadName, NioIoHandler.newFactory());
  }

  @Override
  public String toString() {
    return "stream socket " + path;
  }
}
