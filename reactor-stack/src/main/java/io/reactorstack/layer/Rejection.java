package io.reactorstack.layer;

/**
 * The report of a floor of this host on a unit that it could not send on.
 *
 * @param why the obstacle
 * @param mtu with {@link Why#TOO_BIG}, the largest packet that could have been sent, in bytes; else 0
 */
public record Rejection(Why why, int mtu) {

  /** The obstacle. */
  public enum Why {
    /** No route leads to the destination. */
    NO_ROUTE,
    /** The next hop does not answer. */
    NEXT_HOP_UNREACHABLE,
    /** The packet is longer than the interface's MTU and may not be fragmented. */
    TOO_BIG,
    /** A field has a value with which no packet leaves, such as an address that the host does not have any more. */
    INVALID
  }

  /** A rejection for a reason that needs no number. */
  public static Rejection of(Why why) {
    return new Rejection(why, 0);
  }

  /** A rejection of a packet above {@code mtu} bytes. */
  public static Rejection tooBig(int mtu) {
    return new Rejection(Why.TOO_BIG, mtu);
  }
}
