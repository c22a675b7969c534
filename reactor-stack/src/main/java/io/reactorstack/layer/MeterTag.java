package io.reactorstack.layer;

import java.util.Locale;

/** The tags that distinguish meters of one name. */
public enum MeterTag {
  /** The name of a network interface. */
  INTERFACE,
  /** A protocol, such as {@code tcp}. */
  PROTOCOL,
  /** The part of the host that frames are consumed by, such as {@code tcp.listener}. */
  TAKER,
  /** A reason as {@link Drops#snapshot} names it, such as {@code ip.BAD_CHECKSUM}. */
  REASON,
  /** The event loop that counts, by its place among the host's, the first being 0. */
  SHARD;

  /** The name in lower case. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
