package io.reactorstack.wire;

/** The protocol numbers that the stack handles (IANA, "Assigned Internet Protocol Numbers"). */
public final class IpProtocol {

  /** ICMP for IPv4. */
  public static final int ICMP = 1;

  /** IGMP. */
  public static final int IGMP = 2;

  /** TCP. */
  public static final int TCP = 6;

  /** UDP. */
  public static final int UDP = 17;

  /** ICMPv6. */
  public static final int ICMPV6 = 58;

  private IpProtocol() {}
}
