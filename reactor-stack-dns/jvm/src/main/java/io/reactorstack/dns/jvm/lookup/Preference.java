package io.reactorstack.dns.jvm.lookup;

import io.reactorstack.dns.AddressType;
import io.reactorstack.packet.IpAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The IP versions that a look-up wants, and their order. The JDK derives them from its system properties. */
record Preference(boolean v4, boolean v6, boolean v4First, boolean v6First) {

  static Preference of(LookupPolicy policy) {
    int bits = policy.characteristics();
    return new Preference((bits & LookupPolicy.IPV4) != 0, (bits & LookupPolicy.IPV6) != 0,
        (bits & LookupPolicy.IPV4_FIRST) != 0, (bits & LookupPolicy.IPV6_FIRST) != 0);
  }

  /** The only type of addresses that is wanted; {@code null} if both are. */
  @Nullable
  AddressType type() {
    return v4 && v6 ? null : v4 ? AddressType.A : AddressType.AAAA;
  }

  /**
   * Returns the wanted ones of {@code addresses}, those of the preferred version first, otherwise in their order.
   *
   * @throws UnknownHostException if none is wanted
   */
  Stream<InetAddress> select(String host, List<IpAddress> addresses) throws UnknownHostException {
    List<IpAddress> selected = addresses.stream().filter(address -> address.isV4() ? v4 : v6).sorted(order()).toList();
    if (selected.isEmpty()) {
      throw new UnknownHostException(host + ": no " + (v4 ? "IPv4" : "IPv6") + " address, only " + addresses);
    }
    return selected.stream().map(address -> address.toInetAddress(host));
  }

  private Comparator<IpAddress> order() {
    return v4First || v6First ? Comparator.comparing(address -> address.isV4() != v4First) : (_, _) -> 0;
  }
}
