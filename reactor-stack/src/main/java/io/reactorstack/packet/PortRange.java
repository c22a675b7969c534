package io.reactorstack.packet;

import io.reactorstack.setting.Checks;

/**
 * The ports that a host gives out by itself (RFC 6056 section 3.2).
 *
 * @param first the lowest; 1 to 65535
 * @param last the highest; {@code first} to 65535
 */
public record PortRange(int first, int last) {

  /** All ports but the well-known ones: as many as possible, so that one is hard to guess. */
  public static final PortRange DEFAULT = new PortRange(1024, 65_535);

  /** Checks the bounds. */
  public PortRange {
    Checks.range("first port", first, 1, 65_535, "(port)");
    Checks.range("last port", last, first, 65_535, "(port)");
  }

  /** How many ports there are. */
  public int count() {
    return last - first + 1;
  }
}
