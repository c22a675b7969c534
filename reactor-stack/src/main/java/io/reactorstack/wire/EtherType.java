package io.reactorstack.wire;

/** The EtherTypes that the stack handles (IEEE registration authority). */
public final class EtherType {

  /** IPv4. */
  public static final int IPV4 = 0x0800;

  /** ARP. */
  public static final int ARP = 0x0806;

  /** RARP (RFC 903). */
  public static final int RARP = 0x8035;

  /** An IEEE 802.1Q tag; the type of the frame's payload follows it. */
  public static final int VLAN = 0x8100;

  /** IPv6. */
  public static final int IPV6 = 0x86dd;

  /** The lowest EtherType. A smaller number is the length of an IEEE 802.3 frame. */
  public static final int FIRST = 0x600;

  private EtherType() {}
}
