package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;

/** Classifies addresses by whether they can identify a single host (RFC 1122 sections 3.2.1.3 and 3.2.2). */
public final class Ipv4Sources {

  private Ipv4Sources() {}

  /**
   * Returns whether {@code address} is neither a group nor the limited broadcast address nor reserved (0/8, 240/4).
   * Directed broadcast addresses are not checked. An IPv6 address must be neither a group nor unspecified.
   */
  public static boolean isSingleHost(IpAddress address) {
    if (address instanceof Ipv4Address v4) {
      int first = v4.bits() >>> 24;
      return first != 0 && first < 224;
    }
    return !address.isMulticast() && !address.isUnspecified();
  }
}
