package io.reactorstack.packet;

import io.reactorstack.setting.Checks;

/**
 * The range of ephemeral ports that a host allocates (RFC 6056 section 3.2).
 *
 * @param first the lowest port, 1 to 65535
 * @param last the highest port, {@code first} to 65535
 */
public record PortRange(int first, int last) {

  /** All ports except the well-known ones. A large range makes the next port hard to guess. */
  public static final PortRange DEFAULT = new PortRange(1024, 65_535);

  /** Checks the bounds. */
  public PortRange {
    Checks.range("first port", first, 1, 65_535, "(port)");
    Checks.range("last port", last, first, 65_535, "(port)");
  }

  /** The number of ports in the range. */
  public int count() {
    return last - first + 1;
  }
}
