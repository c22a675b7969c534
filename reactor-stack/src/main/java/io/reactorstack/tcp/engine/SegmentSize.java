package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.PacketFields;

/** How large segments may be, both ways (RFC 9293 section 3.7.1, RFC 6691), on a path that may take less than the link. */
final class SegmentSize {

  /** The smallest MSS that a peer may ask for; less leaves no room for data beside the options. Linux has the same bound. */
  static final int LEAST_PEER_MSS = 48;

  /** The segment size below which no search of ours and no setting goes. */
  private static final int LEAST = 88;

  /** A report of less is not followed to the letter: packets may be fragmented from there on. */
  static final int LEAST_IPV4_MTU = 552;

  /** Every IPv6 link carries as much (RFC 8200 section 5). */
  static final int LEAST_IPV6_MTU = 1280;

  private static final int LEAST_SEARCHED_IPV4 = 68;
  private static final int TCP_HEADER = 20;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;

  private final boolean v4;
  private final int linkMtu;
  private final int cap;
  private final boolean discovery;
  private PacketFields packetFields;
  private int pathMtu;
  /** What others may know of the path: without what a search has not yet found out. */
  private int settledMtu;

  /**
   * Sizes for a path.
   *
   * @param mtu largest IP packet that the first link takes, in bytes
   */
  SegmentSize(boolean v4, int mtu, TcpSettings settings) {
    this.v4 = v4;
    this.linkMtu = mtu;
    this.discovery = settings.probing().pathMtuDiscovery();
    // RFC 8201 1: without discovery no IPv6 packet is larger than every link carries.
    this.pathMtu = v4 || discovery ? mtu : Math.min(mtu, LEAST_IPV6_MTU);
    this.settledMtu = pathMtu;
    int wanted = settings.wire().maxSegmentSize();
    this.cap = wanted == 0 ? 0xffff : wanted;
    this.packetFields = new PacketFields(settings.wire().trafficClass(), settings.wire().hopLimit(), discovery);
  }

  /** What the packets say that carry our segments. */
  PacketFields packetFields() {
    return packetFields;
  }

  /** Packets carry these fields from now on, both 0 to 255. */
  void mark(int trafficClass, int hopLimit) {
    packetFields = new PacketFields(trafficClass, hopLimit, packetFields.dontFragment());
  }

  /** The MSS option of our SYN: not reduced by options (RFC 6691 section 2) nor by the path's MTU (RFC 1191 section 6.4). */
  int announced() {
    return limit(linkMtu);
  }

  /** The MSS of a peer that announced none (MUST-15). */
  int assumed() {
    return v4 ? 536 : 1220;
  }

  /** What of a peer's MSS option is followed: all that leaves room for data (MUST-16). */
  static int accepted(int announced) {
    return Math.max(announced, LEAST_PEER_MSS);
  }

  /** Octets of data in a full-sized segment: Eff.snd.MSS (MUST-16). */
  int effective(int peerMss, int optionBytes) {
    return effective(peerMss, optionBytes, pathMtu);
  }

  /** What {@link #effective} would be if packets of {@code mtu} bytes passed. */
  int effective(int peerMss, int optionBytes, int mtu) {
    return Math.min(accepted(peerMss), limit(mtu)) - optionBytes;
  }

  private int limit(int mtu) {
    return Math.clamp(mtu - ipHeader() - TCP_HEADER, LEAST, Math.max(LEAST, Math.min(cap, 0xffff)));
  }

  /** Bytes of the IP packet that carries so much data, with the options of every segment. */
  int packet(int data, int optionBytes) {
    return data + optionBytes + TCP_HEADER + ipHeader();
  }

  /** Largest IP packet that is known to pass, in bytes. */
  int pathMtu() {
    return pathMtu;
  }

  /** As {@link #pathMtu}, but while larger packets are being searched for what was known before. */
  int settledMtu() {
    return settledMtu;
  }

  /** Largest IP packet that the first link takes, in bytes. */
  int linkMtu() {
    return linkMtu;
  }

  private int leastMtu() {
    return v4 ? LEAST_IPV4_MTU : LEAST_IPV6_MTU;
  }

  /** Least path MTU that a search may end at (RFC 4821 section 7.7). */
  int leastSearched() {
    return v4 ? LEAST_SEARCHED_IPV4 : LEAST_IPV6_MTU;
  }

  /** Whether any link has such an MTU (RFC 5927 section 7.1): at least 68 bytes (RFC 791), or 1280 (RFC 8200). */
  boolean isPossible(int mtu) {
    return mtu >= leastSearched();
  }

  /** Whether our packets may not be fragmented on the way, so that a report of a smaller MTU can be true. */
  boolean isDiscovering() {
    return packetFields.dontFragment() && discovery;
  }

  /**
   * The path takes no larger packets than this, somebody says who can know; returns whether anything changes.
   *
   * <p>RFC 1191 section 3, RFC 8201 section 4: a report never raises the MTU; nor does it lower it below what is reasonable.
   */
  boolean lower(int bytes) {
    // RFC 5927 5.2: what may be fragmented cannot be too big.
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

  /** The path takes packets of this size, as others know. */
  void use(int bytes) {
    tryOut(bytes);
    settledMtu = pathMtu;
  }

  /** Packets have this size from now on, for a search. */
  void tryOut(int bytes) {
    pathMtu = Math.clamp(bytes, Math.min(leastSearched(), linkMtu), linkMtu);
  }

  /** A search is over: others may profit. */
  void settle() {
    settledMtu = pathMtu;
  }

  private int ipHeader() {
    return v4 ? IPV4_HEADER : IPV6_HEADER;
  }
}
