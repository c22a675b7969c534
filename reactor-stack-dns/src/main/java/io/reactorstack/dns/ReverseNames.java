package io.reactorstack.dns;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;

/** The names under which the DNS has the names of addresses. */
public final class ReverseNames {

  private ReverseNames() {}

  /**
   * Returns the name of {@code address} in in-addr.arpa (RFC 1035 section 3.5) or ip6.arpa (RFC 3596 section 2.5), without
   * the trailing dot.
   */
  public static String of(IpAddress address) {
    byte[] octets = Checks.given("address", address).toInetAddress().getAddress();
    StringBuilder name = new StringBuilder();
    for (int i = octets.length - 1; i >= 0; i--) {
      int octet = octets[i] & 0xff;
      if (address.isV4()) {
        name.append(octet).append('.');
      } else {
        name.append(Character.forDigit(octet & 0xf, 16)).append('.').append(Character.forDigit(octet >> 4, 16))
            .append('.');
      }
    }
    return name.append(address.isV4() ? "in-addr.arpa" : "ip6.arpa").toString();
  }
}
