package io.reactorstack.udp;

import io.reactorstack.setting.Checks;
import org.jspecify.annotations.Nullable;

/**
 * What a UDP socket is opened with.
 *
 * @param receiveBytes most bytes received and not read; 1 to 2<sup>30</sup>
 * @param receiveDatagrams most datagrams received and not read; 1 to 2<sup>20</sup>
 * @param sendBytes most bytes that wait for the device; 1 to 2<sup>30</sup>
 * @param sendDatagrams most datagrams that wait for the device; 1 to 2<sup>20</sup>
 * @param reuseAddress whether the port may be shared with other sockets that say the same: each gets a copy of what comes for
 *     groups it has joined and of broadcasts; what is for this host alone goes to the socket opened last
 * @param multicastInterface the interface through which to send to groups; {@code null} for the one of the address that the
 *     socket is bound to, or of the route
 * @param multicastLoop whether sockets of this host that have joined a group get what this one sends to it
 */
public record UdpSettings(
    int receiveBytes,
    int receiveDatagrams,
    int sendBytes,
    int sendDatagrams,
    boolean reuseAddress,
    @Nullable String multicastInterface,
    boolean multicastLoop) {

  /** Most bytes of a queue: 1 GiB. */
  public static final int MOST_BYTES = 1 << 30;

  private static final int MOST_DATAGRAMS = 1 << 20;

  /** 256 KiB each way, in at most 512 datagrams; a port of its own; datagrams to groups are heard on this host too. */
  public static final UdpSettings DEFAULT = new UdpSettings(256 * 1024, 512, 256 * 1024, 512);

  /** Checks the ranges. */
  public UdpSettings {
    Checks.range("receive queue (receiveBytes)", receiveBytes, 1, MOST_BYTES, "bytes");
    Checks.range("receive queue (receiveDatagrams)", receiveDatagrams, 1, MOST_DATAGRAMS, "datagrams");
    Checks.range("send queue (sendBytes)", sendBytes, 1, MOST_BYTES, "bytes");
    Checks.range("send queue (sendDatagrams)", sendDatagrams, 1, MOST_DATAGRAMS, "datagrams");
    if (multicastInterface != null) {
      Checks.text("multicastInterface", multicastInterface);
    }
  }

  /** The bounds of a socket's queues, and the defaults otherwise. */
  public UdpSettings(int receiveBytes, int receiveDatagrams, int sendBytes, int sendDatagrams) {
    this(receiveBytes, receiveDatagrams, sendBytes, sendDatagrams, false, null, true);
  }

  /** These settings with other bounds of what was received and not read. */
  public UdpSettings withReceiveQueue(int bytes, int datagrams) {
    return new UdpSettings(
        bytes, datagrams, sendBytes, sendDatagrams, reuseAddress, multicastInterface, multicastLoop);
  }

  /** These settings with other bounds of what waits for the device. */
  public UdpSettings withSendQueue(int bytes, int datagrams) {
    return new UdpSettings(
        receiveBytes, receiveDatagrams, bytes, datagrams, reuseAddress, multicastInterface, multicastLoop);
  }

  /** These settings with a port that may be shared. */
  public UdpSettings withReuseAddress(boolean reuse) {
    return new UdpSettings(
        receiveBytes, receiveDatagrams, sendBytes, sendDatagrams, reuse, multicastInterface, multicastLoop);
  }

  /** These settings with another interface to send to groups through. */
  public UdpSettings withMulticastInterface(@Nullable String name) {
    return new UdpSettings(
        receiveBytes, receiveDatagrams, sendBytes, sendDatagrams, reuseAddress, name, multicastLoop);
  }

  /** These settings, and whether this host hears what it sends to groups. */
  public UdpSettings withMulticastLoop(boolean loop) {
    return new UdpSettings(
        receiveBytes, receiveDatagrams, sendBytes, sendDatagrams, reuseAddress, multicastInterface, loop);
  }
}
