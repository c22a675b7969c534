package io.reactorstack.pathmtu.engine;

/**
 * The choice of probe sizes between a size that is known to pass and one that may pass (RFC 8899 section 5.3).
 *
 * <p>A lost probe costs MAX_PROBES times PROBE_TIMER, an acknowledged one only a round trip. Most paths carry what the
 * first link carries, so the largest size is tried first. After that each probe is the size that occurs in practice and
 * is nearest to the middle of the interval, or the middle itself.
 */
final class SizeSearch {

  /** The search ends when its result could improve by less than this many octets (RFC 4821 section 7.3). */
  static final int THRESHOLD = 8;

  /**
   * The MTUs of common links and tunnels, in octets with the IP header: Ethernet with jumbo frames, 802.11, FDDI,
   * Ethernet, PPPoE, GRE and IP in IP, 6in4 over PPPoE, IPsec, WireGuard, and the minimum of IPv6 among them.
   */
  private static final int[] COMMON = {
      9000, 8166, 4352, 2304, 2002, 1500, 1492, 1480, 1472, 1460, 1454, 1440, 1420, 1412, 1400, 1380, 1358, 1280, 1006,
      576
  };

  private final int ipHeader;
  private int low;
  private int high;
  /** True if a size above {@link #high} is known not to pass, so that high is no likelier than other sizes. */
  private boolean bounded;
  /** A size to try next; 0 for none. */
  private int hint;

  /**
   * Creates a search.
   *
   * @param low a size that passes
   * @param high the largest size that may pass
   */
  SizeSearch(int ipHeader, int low, int high) {
    this.ipHeader = ipHeader;
    this.low = low;
    this.high = Math.max(low, high);
  }

  /** Begins with {@code size} if it is in the interval. */
  void tryFirst(int size) {
    hint = size > low && size <= high ? size : 0;
  }

  /** Returns whether no further size is worth a probe. */
  boolean isOver() {
    return high <= low || hint == 0 && bounded && high - low < THRESHOLD && common() == 0;
  }

  /** Returns the size of the next probe, which is larger than the PLPMTU; only while the search is not over. */
  int next() {
    if (hint != 0) {
      return hint;
    }
    if (!bounded) {
      return high;
    }
    int common = common();
    return common != 0 ? common : low + (high - low + 1) / 2;
  }

  /** Returns the common size in the interval above low that is nearest to its middle; 0 if there is none. */
  private int common() {
    int middle = low + (high - low + 1) / 2;
    int nearest = 0;
    for (int mtu : COMMON) {
      int size = mtu - ipHeader;
      boolean inside = size > low && size <= high;
      if (inside && (nearest == 0 || Math.abs(size - middle) < Math.abs(nearest - middle))) {
        nearest = size;
      }
    }
    return nearest;
  }

  /** Notes that a probe of {@code size} has passed. */
  void onPassed(int size) {
    low = Math.max(low, size);
    if (size >= hint) {
      hint = 0;
    }
  }

  /** Notes that MAX_PROBES probes of {@code size} were lost. */
  void onLost(int size) {
    high = Math.min(high, size - 1);
    bounded = true;
    hint = 0;
  }

  /** Notes the limit of the first link, which is certain. */
  void onLinkLimit(int size) {
    high = Math.min(high, size);
    hint = Math.min(hint, high);
  }

  /** Notes a verified report that packets of {@code size} pass a router, which drops larger ones. */
  void onReport(int size) {
    high = Math.min(high, size);
    bounded = true;
    hint = high > low ? high : 0;
  }
}
