package io.reactorstack.tcp.engine;

import io.reactorstack.packet.Offload;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.PacketFields;

/**
 * The sizes of segments in both directions (RFC 9293 section 3.7.1, RFC 6691), on a path whose MTU may be smaller than
 * the link's.
 */
final class SegmentSize {

  /**
   * Lower limit of the peer's MSS, in bytes. A smaller one would leave no space for data beside the options. Linux has
   * the same limit.
   */
  static final int MIN_PEER_MSS = 48;

  /** Lower limit of the segment size for our own searches and settings, in bytes. */
  private static final int LEAST = 88;

  /**
   * The lowest path MTU accepted from a report, in bytes. For a smaller report, packets have this size and may be
   * fragmented.
   */
  static final int MIN_IPV4_MTU = 552;

  /** The smallest MTU of an IPv6 link, in bytes (RFC 8200 section 5). */
  static final int MIN_IPV6_MTU = 1280;

  private static final int MIN_SEARCHED_IPV4 = 68;
  /** The fields of most packets, which connections share. */
  private static final PacketFields COMMON = new PacketFields(0, 64, true);

  private static final int TCP_HEADER = 20;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;

  private final boolean v4;
  private final int linkMtu;
  private final int cap;
  private final boolean discovery;
  private PacketFields packetFields;
  private Offload offload = Offload.NONE;
  private int pathMtu;
  /** The path MTU to report outside the connection: without unfinished results of a search. */
  private int settledMtu;

  /**
   * Creates the sizes of a path.
   *
   * @param mtu the largest IP packet that the first link carries, in bytes
   */
  SegmentSize(boolean v4, int mtu, TcpSettings settings) {
    this.v4 = v4;
    this.linkMtu = mtu;
    this.discovery = settings.probing().pathMtuDiscovery();
    // RFC 8201 1: without discovery, IPv6 packets are limited to the minimum link MTU.
    this.pathMtu = v4 || discovery ? mtu : Math.min(mtu, MIN_IPV6_MTU);
    this.settledMtu = pathMtu;
    int wanted = settings.wire().maxSegmentSize();
    this.cap = wanted == 0 ? 0xffff : wanted;
    this.packetFields = fields(settings.wire().trafficClass(), settings.wire().hopLimit(), discovery);
  }

  private static PacketFields fields(int trafficClass, int hopLimit, boolean dontFragment) {
    PacketFields own = new PacketFields(trafficClass, hopLimit, dontFragment);
    return own.equals(COMMON) ? COMMON : own;
  }

  /** The IP header fields of packets that carry our segments. */
  PacketFields packetFields() {
    return packetFields;
  }

  /** The work that the interface to the peer takes over from this connection. */
  Offload offload() {
    return offload;
  }

  /** Sets the work that the interface takes over; called when the route has changed. */
  void offload(Offload next) {
    offload = next;
  }

  /**
   * Returns the octets of data that one segment may have if the interface cuts it.
   *
   * @param optionBytes the octets of its options
   */
  int burst(int optionBytes) {
    return Math.max(0, offload.longestTcp() - packet(0, optionBytes));
  }

  /** Sets the IP header fields of later packets, each 0 to 255. */
  void mark(int trafficClass, int hopLimit) {
    packetFields = new PacketFields(trafficClass, hopLimit, packetFields.dontFragment());
  }

  /**
   * The MSS option of our SYN, not reduced by options (RFC 6691 section 2) or by the path MTU (RFC 1191 section 6.4).
   */
  int announced() {
    return limit(linkMtu);
  }

  /** The MSS to assume if the peer announces none (MUST-15). */
  int assumed() {
    return v4 ? 536 : 1220;
  }

  /** Returns the MSS to use for an announced one, raised to the minimum that leaves space for data (MUST-16). */
  static int accepted(int announced) {
    return Math.max(announced, MIN_PEER_MSS);
  }

  /** Eff.snd.MSS: the octets of data in a full-sized segment (MUST-16). */
  int effective(int peerMss, int optionBytes) {
    return effective(peerMss, optionBytes, pathMtu);
  }

  /** Returns what {@link #effective(int, int)} would be with a path MTU of {@code mtu} bytes. */
  int effective(int peerMss, int optionBytes, int mtu) {
    return Math.min(accepted(peerMss), limit(mtu)) - optionBytes;
  }

  private int limit(int mtu) {
    return Math.clamp(mtu - ipHeader() - TCP_HEADER, LEAST, Math.max(LEAST, Math.min(cap, 0xffff)));
  }

  /** Returns the size of the IP packet with {@code data} octets and the options of every segment, in bytes. */
  int packet(int data, int optionBytes) {
    return data + optionBytes + TCP_HEADER + ipHeader();
  }

  /** The packet size in use, in bytes: the largest IP packet known to pass, or the size that a search is trying. */
  int pathMtu() {
    return pathMtu;
  }

  /** As {@link #pathMtu}, but during a search the value from before it. */
  int settledMtu() {
    return settledMtu;
  }

  /** The largest IP packet that the first link carries, in bytes. */
  int linkMtu() {
    return linkMtu;
  }

  private int leastMtu() {
    return v4 ? MIN_IPV4_MTU : MIN_IPV6_MTU;
  }

  /** The smallest path MTU that a search may end with (RFC 4821 section 7.7). */
  int leastSearched() {
    return v4 ? MIN_SEARCHED_IPV4 : MIN_IPV6_MTU;
  }

  /**
   * Returns whether a link can have this MTU (RFC 5927 section 7.1): at least 68 bytes (RFC 791), or 1280 (RFC 8200).
   */
  boolean isPossible(int mtu) {
    return mtu >= leastSearched();
  }

  /**
   * Returns whether path MTU discovery is in use: our packets must not be fragmented, so a report of a smaller MTU can
   * be true.
   */
  boolean isDiscovering() {
    return packetFields.dontFragment() && discovery;
  }

  /**
   * Lowers the path MTU to a reported value; returns whether anything changed.
   *
   * <p>RFC 1191 section 3, RFC 8201 section 4: a report never raises the path MTU, and does not lower it below a
   * reasonable minimum.
   */
  boolean lower(int bytes) {
    // RFC 5927 5.2: a packet that may be fragmented cannot be too big.
    if (!isDiscovering() || bytes >= pathMtu) {
      return false;
    }
    if (bytes < leastMtu()) {
      packetFields = new PacketFields(packetFields.trafficClass(), packetFields.hopLimit(), false);
    }
    pathMtu = Math.min(pathMtu, Math.max(bytes, leastMtu()));
    settledMtu = pathMtu;
    return true;
  }

  /** Sets the path MTU to a value known from outside the connection. */
  void use(int bytes) {
    tryOut(bytes);
    settledMtu = pathMtu;
  }

  /** Sets the packet size for a search, without reporting it outside the connection. */
  void tryOut(int bytes) {
    pathMtu = Math.clamp(bytes, Math.min(leastSearched(), linkMtu), linkMtu);
  }

  /** Ends a search: its result may be reported outside the connection. */
  void settle() {
    settledMtu = pathMtu;
  }

  private int ipHeader() {
    return v4 ? IPV4_HEADER : IPV6_HEADER;
  }
}
