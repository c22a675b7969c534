package io.reactorstack.packet;

import io.reactorstack.setting.Checks;

/**
 * An address and the number of its leading bits that identify the network, as in {@code 10.0.0.7/24}.
 *
 * @param address any address of the network; host bits may be set
 * @param length the number of leading bits that identify the network, 0 to 32 or 0 to 128
 */
public record IpPrefix(IpAddress address, int length) {

  /**
   * Checks the length.
   *
   * @throws IllegalArgumentException if {@code length} is out of range for the address's family
   */
  public IpPrefix {
    Checks.range("prefix length", length, 0, Checks.given("address", address).bitLength(), "bits");
  }

  /**
   * Parses {@code 10.0.0.7/24}; without a slash the prefix is the single address.
   *
   * @throws IllegalArgumentException if the text is not a prefix
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

  /** Returns whether {@code other} belongs to this network. */
  public boolean contains(IpAddress other) {
    return address.sharesPrefix(other, length);
  }

  /**
   * Returns whether {@code other} is the directed broadcast address of this IPv4 network. Networks of one or two
   * addresses (/32, /31) have none (RFC 3021).
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
