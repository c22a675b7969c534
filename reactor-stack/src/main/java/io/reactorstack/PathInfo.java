package io.reactorstack;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.packet.IpAddress;
import java.util.Optional;

/**
 * The way of a host's packets to a destination at one moment.
 *
 * @param interfaceName the interface through which packets leave
 * @param nextHop the router or, on the link, the destination itself
 * @param source the source address that the host chooses (RFC 6724 section 5)
 * @param publicSource the source address that it would choose if public addresses were preferred over temporary ones; an
 *     application that needs a stable address binds to it (RFC 6724 section 5 rule 7)
 * @param mtu the longest packet that reaches the destination in one piece, as far as the host knows, in bytes with the
 *     IP header (RFC 1191, RFC 8201)
 * @param maximumSent the longest payload of IP that leaves in one piece, in bytes: MMS_S of RFC 1122 section 3.3.3
 * @param maximumReceived the longest payload of IP that the host puts together from fragments, in bytes: MMS_R of RFC
 *     1122 section 3.3.2
 */
public record PathInfo(
    String interfaceName,
    IpAddress nextHop,
    IpAddress source,
    IpAddress publicSource,
    int mtu,
    int maximumSent,
    int maximumReceived) {

  /** The largest value of the length fields of IP; that of IPv6 does not count the header. */
  private static final int LONGEST = 0xffff;

  static Optional<PathInfo> of(IpHost ip, IpAddress destination) {
    Destination path = ip.destination(destination);
    if (path == null) {
      return Optional.empty();
    }
    IpAddress stable = ip.now().sourceFor(destination, true);
    int header = destination.headerLength();
    return Optional.of(new PathInfo(
        path.networkInterface().name(), path.nextHop(), path.source(), stable == null ? path.source() : stable,
        path.mtu(), path.mtu() - header, destination.isV4() ? LONGEST - header : LONGEST));
  }
}
