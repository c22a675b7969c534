package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.segment.PacketFields;

/** How large segments may be, both ways (RFC 9293 section 3.7.1, RFC 6691). */
final class SegmentSize {

  /** A smaller MSS only serves to make us send headers (CVE-2019-11479). */
  static final int LEAST = 88;

  private static final int TCP_HEADER = 20;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;

  private final boolean v4;
  private final int cap;
  private final PacketFields packetFields;
  private int mtu;

  /**
   * Sizes for a path.
   *
   * @param mtu largest IP packet, in bytes
   */
  SegmentSize(boolean v4, int mtu, TcpSettings settings) {
    this.v4 = v4;
    this.mtu = mtu;
    int wanted = settings.maxSegmentSize();
    this.cap = wanted == 0 ? 0xffff : wanted;
    this.packetFields = new PacketFields(settings.trafficClass(), settings.hopLimit(), settings.pathMtuDiscovery());
  }

  /** What the packets say that carry our segments. */
  PacketFields packetFields() {
    return packetFields;
  }

  /** Largest IP packet on the path, in bytes. */
  int mtu() {
    return mtu;
  }

  /** The MSS option of our SYN: not reduced by options (RFC 6691 section 2). */
  int announced() {
    return Math.clamp(mtu - ipHeader() - TCP_HEADER, LEAST, Math.max(LEAST, Math.min(cap, 0xffff)));
  }

  /** The MSS of a peer that announced none (MUST-15). */
  int assumed() {
    return v4 ? 536 : 1220;
  }

  /** Octets of data in a full-sized segment: Eff.snd.MSS (MUST-16). */
  int effective(int peerMss, int optionBytes) {
    int mss = Math.min(Math.max(peerMss, LEAST), announced());
    return Math.max(mss, LEAST) - optionBytes;
  }

  /** The path takes no larger packets than this. */
  void lower(int bytes) {
    mtu = Math.min(mtu, bytes);
  }

  private int ipHeader() {
    return v4 ? IPV4_HEADER : IPV6_HEADER;
  }
}
