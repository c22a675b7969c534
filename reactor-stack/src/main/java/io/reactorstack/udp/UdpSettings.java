package io.reactorstack.udp;

import io.reactorstack.setting.Checks;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a UDP socket.
 *
 * @param receiveBytes maximum of bytes received and not read; 1 to 2<sup>30</sup>
 * @param receiveDatagrams maximum of datagrams received and not read; 1 to 2<sup>20</sup>
 * @param sendBytes maximum of bytes that wait for the device; 1 to 2<sup>30</sup>
 * @param sendDatagrams maximum of datagrams that wait for the device; 1 to 2<sup>20</sup>
 * @param reuseAddress whether the port may be shared with other sockets that set this too: each receives a copy of
 * broadcasts and of datagrams to groups that it has joined; a unicast datagram goes to the socket opened last
 * @param multicastInterface the interface through which to send to groups; {@code null} for the interface of the
 * address that the socket is bound to, or else of the route
 * @param multicastLoop whether sockets of this host that have joined a group receive the datagrams that this socket
 * sends to it
 * @param longDatagrams the treatment of datagrams that are longer than the path MTU
 */
public record UdpSettings(
    int receiveBytes,
    int receiveDatagrams,
    int sendBytes,
    int sendDatagrams,
    boolean reuseAddress,
    @Nullable String multicastInterface,
    boolean multicastLoop,
    LongDatagrams longDatagrams) {

  /** The largest bound of a queue, in bytes: 1 GiB. */
  public static final int MAX_BYTES = 1 << 30;

  private static final int MAX_DATAGRAMS = 1 << 20;

  /**
   * 256 KiB in each direction, in at most 512 datagrams; the port is not shared; multicasts are looped back to this
   * host; long datagrams are fragmented.
   */
  public static final UdpSettings DEFAULT = new UdpSettings(256 * 1024, 512, 256 * 1024, 512);

  /** Checks the ranges. */
  public UdpSettings {
    Checks.range("receive queue (receiveBytes)", receiveBytes, 1, MAX_BYTES, "bytes");
    Checks.range("receive queue (receiveDatagrams)", receiveDatagrams, 1, MAX_DATAGRAMS, "datagrams");
    Checks.range("send queue (sendBytes)", sendBytes, 1, MAX_BYTES, "bytes");
    Checks.range("send queue (sendDatagrams)", sendDatagrams, 1, MAX_DATAGRAMS, "datagrams");
    if (multicastInterface != null) {
      Checks.text("multicastInterface", multicastInterface);
    }
    Checks.given("longDatagrams", longDatagrams);
  }

  /** Creates settings with these queue bounds, and the defaults otherwise. */
  public UdpSettings(int receiveBytes, int receiveDatagrams, int sendBytes, int sendDatagrams) {
    this(receiveBytes, receiveDatagrams, sendBytes, sendDatagrams, false, null, true, LongDatagrams.FRAGMENTED);
  }

  /** Returns a copy with these bounds of the receive queue. */
  public UdpSettings withReceiveQueue(int bytes, int datagrams) {
    return new UdpSettings(
        bytes, datagrams, sendBytes, sendDatagrams, reuseAddress, multicastInterface, multicastLoop, longDatagrams);
  }

  /** Returns a copy with these bounds of the send queue. */
  public UdpSettings withSendQueue(int bytes, int datagrams) {
    return new UdpSettings(
        receiveBytes, receiveDatagrams, bytes, datagrams, reuseAddress, multicastInterface, multicastLoop,
        longDatagrams);
  }

  /** Returns a copy with the given reuseAddress. */
  public UdpSettings withReuseAddress(boolean reuse) {
    return new UdpSettings(
        receiveBytes, receiveDatagrams, sendBytes, sendDatagrams, reuse, multicastInterface, multicastLoop,
        longDatagrams);
  }

  /** Returns a copy with the given multicastInterface. */
  public UdpSettings withMulticastInterface(@Nullable String name) {
    return new UdpSettings(
        receiveBytes, receiveDatagrams, sendBytes, sendDatagrams, reuseAddress, name, multicastLoop, longDatagrams);
  }

  /** Returns a copy with the given multicastLoop. */
  public UdpSettings withMulticastLoop(boolean loop) {
    return new UdpSettings(
        receiveBytes, receiveDatagrams, sendBytes, sendDatagrams, reuseAddress, multicastInterface, loop,
        longDatagrams);
  }

  /** Returns a copy with the given longDatagrams. */
  public UdpSettings withLongDatagrams(LongDatagrams treatment) {
    return new UdpSettings(receiveBytes, receiveDatagrams, sendBytes, sendDatagrams, reuseAddress, multicastInterface,
        multicastLoop, treatment);
  }
}
