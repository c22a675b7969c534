package io.reactorstack.layer;

/**
 * The reason why a layer of this host could not send a unit.
 *
 * @param why the obstacle
 * @param mtu for {@link Why#TOO_BIG}, the size of the largest packet that could have been sent, in bytes; else 0
 */
public record Rejection(Why why, int mtu) {

  /** The obstacle. */
  public enum Why {
    /** No route leads to the destination. */
    NO_ROUTE,
    /** The next hop does not respond to address resolution. */
    NEXT_HOP_UNREACHABLE,
    /** The packet is longer than the interface's MTU and may not be fragmented. */
    TOO_BIG,
    /** A field has a value that must not be sent, such as a source address that the host no longer has. */
    INVALID
  }

  /** Returns a rejection without an MTU. */
  public static Rejection of(Why why) {
    return new Rejection(why, 0);
  }

  /** Returns a rejection of a packet that is longer than {@code mtu} bytes. */
  public static Rejection tooBig(int mtu) {
    return new Rejection(Why.TOO_BIG, mtu);
  }
}
