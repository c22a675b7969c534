package io.reactorstack.layer;

import java.util.Locale;

/** The tags that distinguish meters of the same name. */
public enum MeterTag {
  /** The name of a network interface. */
  INTERFACE,
  /** A protocol, such as {@code tcp}. */
  PROTOCOL,
  /** The part of the host that consumes frames, such as {@code tcp.listener}. */
  TAKER,
  /** A drop reason in the form of the keys of {@link Drops#snapshot}, such as {@code ip.BAD_CHECKSUM}. */
  REASON,
  /** The index, from 0, of the counting event loop among those of the host. */
  SHARD;

  /** Returns the name in lower case. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
