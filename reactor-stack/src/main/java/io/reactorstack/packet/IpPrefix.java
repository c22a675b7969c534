package io.reactorstack.packet;

import io.reactorstack.setting.Checks;

/**
 * An address with the number of its leading bits that name the network, as in {@code 10.0.0.7/24}.
 *
 * @param address any address of the network; host bits may be set
 * @param length leading bits that name the network, 0 to 32 or 0 to 128
 */
public record IpPrefix(IpAddress address, int length) {

  /**
   * Checks the length.
   *
   * @throws IllegalArgumentException if {@code length} is not possible in the address's family
   */
  public IpPrefix {
    Checks.range("prefix length", length, 0, Checks.given("address", address).bitLength(), "bits");
  }

  /**
   * Parses {@code 10.0.0.7/24}; without a slash the prefix is the single address.
   *
   * @throws IllegalArgumentException if the text is no prefix
   */
  public static IpPrefix parse(String text) {
    int slash = Checks.text("IP prefix", text).indexOf('/');
    if (slash < 0) {
      IpAddress address = IpAddress.parse(text);
      return new IpPrefix(address, address.bitLength());
    }
    try {
      return new IpPrefix(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not an address with a prefix length: " + text, e);
    }
  }

  /** Whether {@code other} is an address of this network. */
  public boolean contains(IpAddress other) {
    return address.sharesPrefix(other, length);
  }

  /**
   * Whether {@code other} is this IPv4 network's directed broadcast address; networks of one or two addresses (/31,
   * /32) have none (RFC 3021).
   */
  public boolean isDirectedBroadcast(IpAddress other) {
    return length < 31
        && address instanceof Ipv4Address mine
        && other instanceof Ipv4Address theirs
        && theirs.bits() == (mine.bits() | ~Ipv4Address.mask(length));
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
