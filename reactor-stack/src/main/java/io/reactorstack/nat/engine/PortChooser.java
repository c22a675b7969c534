package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import java.util.random.RandomGenerator;

/**
 * The choice of the outside port of a new mapping, and of the identifier of an ICMP query.
 *
 * <p>A port that is free outside is kept. Otherwise the next free one after a random port is taken (RFC 6056 section
 * 3.3.1, RFC 7857 section 9). Well-known ports become well-known ports, and others become others (RFC 4787 REQ-3). No port
 * is given to two mappings, even if none is left (RFC 4787 REQ-3, RFC 5382 REQ-7).
 */
final class PortChooser {

  /** The result of {@link #choose} if no port is free. */
  static final int NONE = -1;

  private static final int FIRST_REGISTERED = 1024;
  private static final int ANY_PARITY = -1;

  private final NatSettings.Ports settings;
  private final LocalPorts localPorts;
  private final Quarantine quarantine;
  private final RandomGenerator random;

  PortChooser(NatSettings.Ports settings, LocalPorts localPorts, Quarantine quarantine, RandomGenerator random) {
    this.settings = settings;
    this.localPorts = localPorts;
    this.quarantine = quarantine;
    this.random = random;
  }

  /**
   * Returns a port of {@code outside} for an inside endpoint with the port {@code wanted}, marked as used, or
   * {@link #NONE}.
   *
   * @param inside identifies the inside endpoint
   */
  int choose(OutsideAddress outside, NatProtocol protocol, long inside, int wanted) {
    boolean hasPorts = protocol != NatProtocol.ICMP;
    boolean isWellKnown = hasPorts && wanted < FIRST_REGISTERED;
    int first = isWellKnown ? 1 : hasPorts ? settings.range().first() : 0;
    int last = isWellKnown ? FIRST_REGISTERED - 1 : hasPorts ? settings.range().last() : PortSet.SIZE - 1;
    boolean isInRange = first <= wanted && wanted <= last;
    if (isInRange && quarantine.reclaim(outside, protocol, wanted, inside)) {
      return wanted;
    }
    int port = isInRange && isFree(outside, protocol, wanted)
        ? wanted
        : draw(outside, protocol, first, last, parity(protocol, wanted));
    if (port != NONE) {
      outside.used(protocol).add(port);
    }
    return port;
  }

  private int parity(NatProtocol protocol, int wanted) {
    return protocol == NatProtocol.UDP && settings.keepsParity() ? wanted & 1 : ANY_PARITY;
  }

  private boolean isFree(OutsideAddress outside, NatProtocol protocol, int port) {
    return !outside.used(protocol).contains(port) && !localPorts.contains(protocol, outside.address(), port);
  }

  private int draw(OutsideAddress outside, NatProtocol protocol, int first, int last, int parity) {
    int start = random.nextInt(first, last + 1);
    int above = search(outside, protocol, start, last, parity);
    return above != NONE ? above : search(outside, protocol, first, start - 1, parity);
  }

  private int search(OutsideAddress outside, NatProtocol protocol, int from, int last, int parity) {
    PortSet used = outside.used(protocol);
    int port = used.nextUnused(from, last, parity);
    while (port != NONE && localPorts.contains(protocol, outside.address(), port)) {
      port = used.nextUnused(port + 1, last, parity);
    }
    return port;
  }
}
