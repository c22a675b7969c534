package io.reactorstack.routing;

import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * A prefix in the router advertisements of an interface (RFC 4861 section 4.6.2). Immutable: each method returns a
 * changed copy.
 *
 * @param prefix the network, an IPv6 prefix without host bits that is neither link-local nor of groups
 * @param onLink true if all its addresses are on the link (AdvOnLinkFlag)
 * @param autonomous true if hosts form an address from it (AdvAutonomousFlag); they do so only if it has 64 bits
 * @param validLifetime the time for which the prefix is valid, in whole seconds (AdvValidLifetime)
 * @param preferredLifetime the time for which the addresses formed from it are preferred, in whole seconds; not longer
 *     (AdvPreferredLifetime)
 */
public record AdvertisedPrefix(
    IpPrefix prefix, boolean onLink, boolean autonomous, Duration validLifetime, Duration preferredLifetime) {

  /** The lifetime that does not end: 2<sup>32</sup> - 1 s. */
  public static final Duration FOREVER = Duration.ofSeconds(0xffff_ffffL);

  /** Removes the host bits and checks the values. */
  public AdvertisedPrefix {
    prefix = ipv6("prefix", prefix);
    // RFC 4861 4.6.2 defines no such prefix: not all addresses can be on one link.
    Checks.range("length of the prefix", prefix.length(), 1, 128, "bits");
    Checks.range("validLifetime", validLifetime, Duration.ZERO, FOREVER);
    Checks.range("preferredLifetime", preferredLifetime, Duration.ZERO, validLifetime);
  }

  /** Returns the network of {@code given}, which must be one of IPv6 whose hosts can be on several links. */
  static IpPrefix ipv6(String name, IpPrefix given) {
    IpPrefix network = Checks.given(name, given).network();
    if (!(network.address() instanceof Ipv6Address address) || address.isMulticast()
        || address.isLinkLocal() && network.length() >= 10) {
      throw new IllegalArgumentException(
          name + " " + given
              + " cannot be advertised: expected an IPv6 network that is neither link-local nor of groups");
    }
    return network;
  }

  /**
   * Returns the prefix with the defaults of RFC 4861 section 6.2.1: on the link, autonomous, valid for 30 days and preferred
   * for 7 days.
   *
   * @throws IllegalArgumentException if it cannot be advertised
   */
  public static AdvertisedPrefix of(IpPrefix prefix) {
    return new AdvertisedPrefix(prefix, true, true, Duration.ofDays(30), Duration.ofDays(7));
  }

  /** Sets whether all addresses of the prefix are on the link; true by default. */
  public AdvertisedPrefix withOnLink(boolean all) {
    return new AdvertisedPrefix(prefix, all, autonomous, validLifetime, preferredLifetime);
  }

  /** Sets whether hosts form an address from the prefix; true by default. */
  public AdvertisedPrefix withAutonomous(boolean form) {
    return new AdvertisedPrefix(prefix, onLink, form, validLifetime, preferredLifetime);
  }

  /**
   * Sets the two lifetimes.
   *
   * @param valid 0 to {@link #FOREVER}
   * @param preferred 0 to {@code valid}
   * @throws IllegalArgumentException if either is out of range
   */
  public AdvertisedPrefix withLifetimes(Duration valid, Duration preferred) {
    return new AdvertisedPrefix(prefix, onLink, autonomous, valid, preferred);
  }
}
