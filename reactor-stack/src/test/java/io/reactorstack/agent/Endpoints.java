package io.reactorstack.agent;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import java.util.Arrays;

/** Conversions of IPv4-mapped addresses of IPv6 sockets: {@code ::ffff:a.b.c.d} (RFC 4291 section 2.5.5.2). */
final class Endpoints {

  private static final int MAPPED_WORD = 0xffff;

  private Endpoints() {}

  /** The unspecified address and port 0. */
  static Endpoint any(boolean v4) {
    return new Endpoint(v4 ? Ipv4Address.UNSPECIFIED : Ipv6Address.UNSPECIFIED, 0);
  }

  /** Returns {@code given} with an IPv4-mapped address converted to IPv4. */
  static Endpoint unmapped(Endpoint given) {
    if (given.address() instanceof Ipv6Address v6 && v6.high() == 0 && v6.low() >>> 32 == MAPPED_WORD) {
      return new Endpoint(IpAddress.of(Arrays.copyOfRange(v6.bytes(), 12, 16)), given.port());
    }
    return given;
  }

  /** Checks that the family of {@code given} suits a socket of this domain, and converts a mapped address. */
  static Endpoint forSocket(Request.Address given, boolean v6) {
    Endpoint endpoint = given.endpoint();
    if (endpoint == null) {
      throw Errno.EINVAL.failure();
    }
    if (!v6 && given.family() == 6) {
      throw Errno.EAFNOSUPPORT.failure();
    }
    if (v6 && given.family() == 4) {
      // A sockaddr_in is too short to be a sockaddr_in6.
      throw Errno.EINVAL.failure();
    }
    return unmapped(endpoint);
  }

  /** Returns whether two sockets bound to these addresses would receive the same packets. */
  static boolean overlap(Endpoint a, Endpoint b) {
    return a.port() == b.port()
        && (a.address().equals(b.address()) || a.address().isUnspecified() || b.address().isUnspecified());
  }
}
