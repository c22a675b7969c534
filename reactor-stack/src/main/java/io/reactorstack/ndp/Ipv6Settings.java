package io.reactorstack.ndp;

import io.reactorstack.setting.Checks;
import org.jspecify.annotations.Nullable;

/**
 * The settings of IPv6 on the Ethernet interfaces of a host. Immutable: each method returns a changed copy of {@link
 * #DEFAULTS}.
 *
 * @param duplicateAddressDetection the number of solicitations with which an address is tested before it is used, 0 to
 *     16; 0 switches the test off (RFC 4862 section 5.1: DupAddrDetectTransmits)
 * @param identifiers the way in which the interface identifiers of link-local addresses are formed
 * @param secret the secret of stable identifiers; {@code null} to draw one at each start of the host
 */
public record Ipv6Settings(int duplicateAddressDetection, Identifiers identifiers, @Nullable Secret secret) {

  /** The way in which the lower 64 bits of an address are formed. */
  public enum Identifiers {
    /** From a secret, the prefix and the interface: they tell nothing about the hardware (RFC 7217). */
    STABLE,
    /** From the MAC address: modified EUI-64 (RFC 4291 appendix A). */
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

  /** One solicitation for a duplicate, and stable identifiers from a secret that is drawn at the start. */
  public static final Ipv6Settings DEFAULTS = new Ipv6Settings(1, Identifiers.STABLE, null);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if {@code duplicateAddressDetection} is out of range
   */
  public Ipv6Settings {
    Checks.range("duplicateAddressDetection", duplicateAddressDetection, 0, 16, "solicitations");
    Checks.given("identifiers", identifiers);
  }

  /**
   * Sets the number of solicitations with which an address is tested before it is used; 1 by default, 0 for no test.
   *
   * @throws IllegalArgumentException if it is not in 0 to 16
   */
  public Ipv6Settings withDuplicateAddressDetection(int solicitations) {
    return new Ipv6Settings(solicitations, identifiers, secret);
  }

  /** Sets the way in which the interface identifiers of link-local addresses are formed. */
  public Ipv6Settings withIdentifiers(Identifiers way) {
    return new Ipv6Settings(duplicateAddressDetection, Checks.given("identifiers", way), secret);
  }

  /** Sets the secret of stable identifiers. */
  public Ipv6Settings withSecret(Secret key) {
    return new Ipv6Settings(duplicateAddressDetection, identifiers, Checks.given("secret", key));
  }
}
