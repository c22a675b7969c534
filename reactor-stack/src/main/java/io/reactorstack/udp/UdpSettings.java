package io.reactorstack.udp;

import io.reactorstack.setting.Checks;
import io.reactorstack.wire.Ipv4Options;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a UDP socket. Immutable.
 *
 * @param queues the bounds of its queues
 * @param reuseAddress whether the port may be shared with other sockets that set this too: each receives a copy of
 * broadcasts and of datagrams to groups that it has joined; a unicast datagram goes to the socket opened last
 * @param multicastInterface the interface through which to send to groups; {@code null} for the interface of the
 * address that the socket is bound to, or else of the route
 * @param multicastLoop whether sockets of this host that have joined a group receive the datagrams that this socket
 * sends to it
 * @param longDatagrams the treatment of datagrams that are longer than the path MTU
 * @param header the fields of the IP header of datagrams that have none of their own
 * @param interfaceName the only interface through which the socket receives and sends; {@code null} for all
 */
public record UdpSettings(
    Queues queues,
    boolean reuseAddress,
    @Nullable String multicastInterface,
    boolean multicastLoop,
    LongDatagrams longDatagrams,
    Header header,
    @Nullable String interfaceName) {

  /** The largest bound of a queue, in bytes: 1 GiB. */
  public static final int MAX_BYTES = 1 << 30;

  private static final int MAX_DATAGRAMS = 1 << 20;

  /**
   * The bounds of the queues of a socket.
   *
   * @param receiveBytes maximum of bytes received and not read; 1 to 2<sup>30</sup>
   * @param receiveDatagrams maximum of datagrams received and not read; 1 to 2<sup>20</sup>
   * @param sendBytes maximum of bytes that wait for the device; 1 to 2<sup>30</sup>
   * @param sendDatagrams maximum of datagrams that wait for the device; 1 to 2<sup>20</sup>
   */
  public record Queues(int receiveBytes, int receiveDatagrams, int sendBytes, int sendDatagrams) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public Queues {
      Checks.range("receive queue (receiveBytes)", receiveBytes, 1, MAX_BYTES, "bytes");
      Checks.range("receive queue (receiveDatagrams)", receiveDatagrams, 1, MAX_DATAGRAMS, "datagrams");
      Checks.range("send queue (sendBytes)", sendBytes, 1, MAX_BYTES, "bytes");
      Checks.range("send queue (sendDatagrams)", sendDatagrams, 1, MAX_DATAGRAMS, "datagrams");
    }
  }

  /**
   * The fields of the IP header that the application chooses (RFC 1122 section 4.1.4).
   *
   * @param trafficClass the DSCP and ECN bits, 0 to 255
   * @param hopLimit the TTL or hop limit of unicast datagrams, 1 to 255; 0 for the host's default
   * @param options the IPv4 options; not used over IPv6
   */
  public record Header(int trafficClass, int hopLimit, Ipv4Options options) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public Header {
      Checks.range("trafficClass", trafficClass, 0, 255, "(DSCP and ECN bits)");
      Checks.range("hopLimit", hopLimit, 0, 255, "hops");
      Checks.given("options", options);
    }
  }

  /**
   * 256 KiB in each direction, in at most 512 datagrams; the port is not shared; multicasts are looped back to this
   * host; long datagrams are fragmented; traffic class 0, the host's default hop limit, and no options.
   */
  public static final UdpSettings DEFAULT = new UdpSettings(256 * 1024, 512, 256 * 1024, 512);

  /** Checks the values. */
  public UdpSettings {
    Checks.given("queues", queues);
    if (multicastInterface != null) {
      Checks.text("multicastInterface", multicastInterface);
    }
    Checks.given("longDatagrams", longDatagrams);
    Checks.given("header", header);
    if (interfaceName != null) {
      Checks.text("interfaceName", interfaceName);
    }
  }

  /** Creates settings with these queue bounds, and the defaults otherwise. */
  public UdpSettings(int receiveBytes, int receiveDatagrams, int sendBytes, int sendDatagrams) {
    this(new Queues(receiveBytes, receiveDatagrams, sendBytes, sendDatagrams), false, null, true,
        LongDatagrams.FRAGMENTED, new Header(0, 0, Ipv4Options.NONE), null);
  }

  /** Returns {@link Queues#receiveBytes}. */
  public int receiveBytes() {
    return queues.receiveBytes;
  }

  /** Returns {@link Queues#receiveDatagrams}. */
  public int receiveDatagrams() {
    return queues.receiveDatagrams;
  }

  /** Returns {@link Queues#sendBytes}. */
  public int sendBytes() {
    return queues.sendBytes;
  }

  /** Returns {@link Queues#sendDatagrams}. */
  public int sendDatagrams() {
    return queues.sendDatagrams;
  }

  /** Returns a copy with these bounds of the receive queue. */
  public UdpSettings withReceiveQueue(int bytes, int datagrams) {
    return with(new Queues(bytes, datagrams, queues.sendBytes, queues.sendDatagrams));
  }

  /** Returns a copy with these bounds of the send queue. */
  public UdpSettings withSendQueue(int bytes, int datagrams) {
    return with(new Queues(queues.receiveBytes, queues.receiveDatagrams, bytes, datagrams));
  }

  private UdpSettings with(Queues changed) {
    return new UdpSettings(changed, reuseAddress, multicastInterface, multicastLoop, longDatagrams, header,
        interfaceName);
  }

  /** Returns a copy with the given reuseAddress. */
  public UdpSettings withReuseAddress(boolean reuse) {
    return new UdpSettings(queues, reuse, multicastInterface, multicastLoop, longDatagrams, header, interfaceName);
  }

  /** Returns a copy with the given multicastInterface. */
  public UdpSettings withMulticastInterface(@Nullable String name) {
    return new UdpSettings(queues, reuseAddress, name, multicastLoop, longDatagrams, header, interfaceName);
  }

  /** Returns a copy with the given multicastLoop. */
  public UdpSettings withMulticastLoop(boolean loop) {
    return new UdpSettings(queues, reuseAddress, multicastInterface, loop, longDatagrams, header, interfaceName);
  }

  /** Returns a copy with the given longDatagrams. */
  public UdpSettings withLongDatagrams(LongDatagrams treatment) {
    return new UdpSettings(queues, reuseAddress, multicastInterface, multicastLoop, treatment, header, interfaceName);
  }

  /**
   * Returns a copy for a socket of one interface: it receives only the datagrams that arrive on it, sends only through it,
   * by its routes, and joins groups on it, on a host with several interfaces. Sockets of different interfaces may have the
   * same port. The datagrams of the host to its own addresses are on the interface {@code lo}.
   *
   * @param name the interface; {@code null}, the default, for all
   */
  public UdpSettings withInterface(@Nullable String name) {
    return new UdpSettings(queues, reuseAddress, multicastInterface, multicastLoop, longDatagrams, header, name);
  }

  /** Returns a copy with these DSCP and ECN bits, 0 to 255. */
  public UdpSettings withTrafficClass(int bits) {
    return with(new Header(bits, header.hopLimit, header.options));
  }

  /** Returns a copy with this TTL or hop limit of unicast datagrams, 1 to 255; 0 selects the host's default. */
  public UdpSettings withHopLimit(int hops) {
    return with(new Header(header.trafficClass, hops, header.options));
  }

  /** Returns a copy with these IPv4 options. */
  public UdpSettings withOptions(Ipv4Options ipv4) {
    return with(new Header(header.trafficClass, header.hopLimit, ipv4));
  }

  private UdpSettings with(Header changed) {
    return new UdpSettings(queues, reuseAddress, multicastInterface, multicastLoop, longDatagrams, changed,
        interfaceName);
  }
}
