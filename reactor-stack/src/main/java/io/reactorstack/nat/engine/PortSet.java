package io.reactorstack.nat.engine;

/** The used ports of one outside address and protocol, or the used identifiers: 8 KiB. */
final class PortSet {

  /** The number of ports. */
  static final int SIZE = 1 << 16;

  private static final long EVEN = 0x5555_5555_5555_5555L;
  private static final int BITS = Long.SIZE;

  private final long[] words = new long[SIZE / BITS];

  boolean contains(int port) {
    return (words[port / BITS] >>> port & 1) != 0;
  }

  void add(int port) {
    words[port / BITS] |= 1L << port;
  }

  void remove(int port) {
    words[port / BITS] &= ~(1L << port);
  }

  /**
   * Returns the lowest unused port from {@code from} to {@code last}, or -1.
   *
   * @param parity 0 for an even port, 1 for an odd one, -1 for any
   */
  int nextUnused(int from, int last, int parity) {
    long wanted = parity < 0 ? -1 : EVEN << parity;
    for (int port = from; port <= last; port = (port / BITS + 1) * BITS) {
      long unused = ~words[port / BITS] & wanted & -1L << port;
      if (unused != 0) {
        int found = port / BITS * BITS + Long.numberOfTrailingZeros(unused);
        return found <= last ? found : -1;
      }
    }
    return -1;
  }
}
