package io.reactorstack.tcp.engine;

/**
 * What a connection says about the IP packets that carry its segments.
 *
 * @param trafficClass DSCP in the upper six bits, 0 to 255; the ECN bits are not looked at
 * @param hopLimit TTL or hop limit, 1 to 255
 * @param dontFragment whether routers may not fragment them (IPv4 only)
 */
public record PacketFields(int trafficClass, int hopLimit, boolean dontFragment) {

  /** The hop limit that RFC 1700 recommends, no traffic class, not to be fragmented. */
  public static final PacketFields DEFAULT = new PacketFields(0, 64, true);
}
