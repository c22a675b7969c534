package io.reactorstack.wire;

/**
 * The fields of an IP header that the originator of a packet chooses.
 *
 * @param trafficClass the DSCP and ECN bits (IPv4 TOS, IPv6 traffic class), 0 to 255
 * @param hopLimit the TTL or hop limit, 0 to 255; with 0 the packet does not leave the host
 * @param dontFragment true if the packet must not be fragmented, neither by this host nor by routers (IPv4 DF; routers
 *     never fragment IPv6 packets)
 */
public record PacketFields(int trafficClass, int hopLimit, boolean dontFragment) {

  /** The default hop limit (RFC 1700's recommendation). */
  public static final int DEFAULT_HOP_LIMIT = 64;

  private static final int ECN = 3;

  /** Traffic class 0, the default hop limit, and "don't fragment". */
  public static final PacketFields DEFAULT = new PacketFields(0, DEFAULT_HOP_LIMIT, true);

  /** The ECN bits, 0 to 3 (RFC 3168). */
  public int ecn() {
    return trafficClass & ECN;
  }

  /** Returns a copy with the given ECN bits, 0 to 3. */
  public PacketFields withEcn(int ecn) {
    return ecn() == ecn ? this : new PacketFields(trafficClass & ~ECN | ecn, hopLimit, dontFragment);
  }
}
