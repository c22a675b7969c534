package io.reactorstack.pathmtu.engine;

import io.reactorstack.pathmtu.PathMtuSettings;

/**
 * The sizes between which a discovery moves (RFC 8899 section 5.1.2).
 *
 * @param min MIN_PLPMTU
 * @param base BASE_PLPMTU
 * @param max MAX_PLPMTU, at most what fits into the MTU of the link
 */
public record SizeBounds(int min, int base, int max) {

  private static final int IPV4_HEADER = 20;
  /** RFC 791 3.1: every host accepts packets of this size. Smaller ones would be of little use to an application. */
  private static final int MIN_IPV4_PACKET = 576;
  /** RFC 8200 5: every link of IPv6 carries packets of this size. */
  private static final int MIN_IPV6_PACKET = 1280;
  /** RFC 8899 5.1.2: the default for IPv4. */
  private static final int BASE_IPV4 = 1200;

  /**
   * Returns the bounds for one path.
   *
   * @param ipHeader the length of the IP header: 20 for IPv4, 40 for IPv6
   * @param linkMtu the MTU of the first link, with the IP header
   */
  public static SizeBounds of(PathMtuSettings settings, int ipHeader, int linkMtu) {
    PathMtuSettings.Sizes sizes = settings.sizes();
    boolean v4 = ipHeader == IPV4_HEADER;
    int leastIpv6 = MIN_IPV6_PACKET - ipHeader;
    int base = sizes.base() != PathMtuSettings.AUTOMATIC ? sizes.base() : v4 ? BASE_IPV4 : leastIpv6;
    int min = sizes.min() != PathMtuSettings.AUTOMATIC ? sizes.min() : Math.min(base, MIN_IPV4_PACKET - ipHeader);
    if (!v4) {
      min = Math.max(min, leastIpv6);
    }
    base = Math.max(base, min);
    int wanted = sizes.max() != PathMtuSettings.AUTOMATIC ? Math.max(sizes.max(), base) : Integer.MAX_VALUE;
    int max = Math.min(wanted, linkMtu - ipHeader);
    // A link may be smaller than the base. RFC 8899 3: probes are bounded by the link.
    return new SizeBounds(Math.min(min, max), Math.min(base, max), max);
  }
}
