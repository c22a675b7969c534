package io.reactorstack.wire;

/** The EtherTypes of what Ethernet frames carry, of those that are spoken here (IEEE registration authority). */
public final class EtherType {

  /** IPv4. */
  public static final int IPV4 = 0x0800;

  /** ARP. */
  public static final int ARP = 0x0806;

  /** An IEEE 802.1Q tag, behind which the frame's own type stands. */
  public static final int VLAN = 0x8100;

  /** IPv6. */
  public static final int IPV6 = 0x86dd;

  /** The least number that is a type; a smaller one is the length of an IEEE 802.3 frame. */
  public static final int FIRST = 0x600;

  private EtherType() {}
}
