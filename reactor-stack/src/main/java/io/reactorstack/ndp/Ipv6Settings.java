package io.reactorstack.ndp;

import io.reactorstack.setting.Checks;
import org.jspecify.annotations.Nullable;

/**
 * The settings of IPv6 on an Ethernet interface. Immutable: each method returns a changed copy of {@link #DEFAULTS}.
 *
 * @param duplicateAddressDetection the number of solicitations with which an address is tested before it is used, 0 to
 *     16; 0 switches the test off (RFC 4862 section 5.1: DupAddrDetectTransmits)
 * @param identifiers the way in which the interface identifiers of addresses are formed that the user has not given
 * @param secret the secret of stable identifiers; {@code null} to draw one at each start of the host
 * @param enabled true if the interface uses IPv6 even without an IPv6 address of the user
 * @param routers what the interface accepts from routers
 */
public record Ipv6Settings(
    int duplicateAddressDetection, Identifiers identifiers, @Nullable Secret secret, boolean enabled, Routers routers) {

  /** The way in which the lower 64 bits of an address are formed. */
  public enum Identifiers {
    /** From a secret, the prefix and the interface: they tell nothing about the hardware (RFC 7217). */
    STABLE,
    /**
     * From the MAC address: modified EUI-64 (RFC 4291 appendix A). If another station has the link-local address, the
     * interface does not use IPv6 (RFC 4862 section 5.4.5).
     */
    EUI_64
  }

  /**
   * The secret key of stable identifiers, 128 bits (RFC 7217 section 5). A host that gets the same secret at each start
   * has the same addresses on the same networks.
   *
   * @param high the first 64 bits
   * @param low the last 64 bits
   */
  public record Secret(long high, long low) {

    /** Does not show the secret. */
    @Override
    public String toString() {
      return "Secret";
    }
  }

  /**
   * The settings of what an interface accepts from the routers of its link.
   *
   * @param discovery true to solicit routers and to follow their advertisements (RFC 4861 section 6.3)
   * @param addresses true to form addresses from advertised prefixes (RFC 4862 section 5.5)
   * @param temporaryAddresses true to form temporary addresses besides them (RFC 8981)
   * @param redirects true to follow redirects (RFC 4861 section 8.3)
   */
  public record Routers(boolean discovery, boolean addresses, boolean temporaryAddresses, boolean redirects) {

    /** Router discovery and addresses from routers, without temporary addresses and redirects. */
    public static final Routers DEFAULT = new Routers(true, true, false, false);
  }

  /**
   * One solicitation for a duplicate, stable identifiers from a secret that is drawn at the start, and {@link
   * Routers#DEFAULT}.
   */
  public static final Ipv6Settings DEFAULTS = new Ipv6Settings(1, Identifiers.STABLE, null, false, Routers.DEFAULT);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if {@code duplicateAddressDetection} is out of range
   */
  public Ipv6Settings {
    Checks.range("duplicateAddressDetection", duplicateAddressDetection, 0, 16, "solicitations");
    Checks.given("identifiers", identifiers);
    Checks.given("routers", routers);
  }

  /**
   * Sets the number of solicitations with which an address is tested before it is used; 1 by default, 0 for no test.
   *
   * @throws IllegalArgumentException if it is not in 0 to 16
   */
  public Ipv6Settings withDuplicateAddressDetection(int solicitations) {
    return new Ipv6Settings(solicitations, identifiers, secret, enabled, routers);
  }

  /**
   * Sets the way in which the interface identifiers of link-local addresses, and of addresses from routers, are formed.
   */
  public Ipv6Settings withIdentifiers(Identifiers way) {
    return new Ipv6Settings(
        duplicateAddressDetection, Checks.given("identifiers", way), secret, enabled, routers);
  }

  /** Sets the secret of stable identifiers. */
  public Ipv6Settings withSecret(Secret key) {
    return new Ipv6Settings(
        duplicateAddressDetection, identifiers, Checks.given("secret", key), enabled, routers);
  }

  /**
   * Sets whether the interface uses IPv6 even if it has no IPv6 address of the user: it forms a link-local address, and
   * solicits routers if router discovery is on; false by default.
   */
  public Ipv6Settings withEnabled(boolean use) {
    return new Ipv6Settings(duplicateAddressDetection, identifiers, secret, use, routers);
  }

  /**
   * Sets whether the interface, if it uses IPv6, solicits routers until one answers, and takes routes, prefixes, DNS
   * servers and parameters of the link from their advertisements (RFC 4861 section 6.3, RFC 7559, RFC 8106); true by
   * default. Advertisements are not authenticated: any station of the link can send them.
   */
  public Ipv6Settings withRouterDiscovery(boolean use) {
    return with(new Routers(use, routers.addresses, routers.temporaryAddresses, routers.redirects));
  }

  /**
   * Sets whether router discovery forms an address from each prefix that routers advertise for this purpose (RFC 4862
   * section 5.5); true by default.
   */
  public Ipv6Settings withAddressConfiguration(boolean use) {
    return with(new Routers(routers.discovery, use, routers.temporaryAddresses, routers.redirects));
  }

  /**
   * Sets whether the interface forms temporary addresses besides the others that it forms from prefixes: their random
   * identifiers, which change every day, keep other hosts from recognizing this one over a longer time (RFC 8981). New
   * connections prefer them. False by default.
   */
  public Ipv6Settings withTemporaryAddresses(boolean use) {
    return with(new Routers(routers.discovery, routers.addresses, use, routers.redirects));
  }

  /**
   * Sets whether the interface follows redirects of its routers to a better first hop (RFC 4861 section 8.3); false by
   * default. Redirects are not authenticated: any station of the link can send them in the name of a router.
   */
  public Ipv6Settings withRedirects(boolean follow) {
    return with(new Routers(routers.discovery, routers.addresses, routers.temporaryAddresses, follow));
  }

  private Ipv6Settings with(Routers changed) {
    return new Ipv6Settings(duplicateAddressDetection, identifiers, secret, enabled, changed);
  }
}
