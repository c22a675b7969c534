package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import java.util.function.Predicate;

/** The stations on the link of one interface, as the internet layer sees them. Confined to the host's event loop. */
public interface Neighbors {

  /** The other end of a medium without link addresses, whatever its IP addresses: packets need nothing to get there. */
  Neighbor EVERYBODY = new Neighbor() {
    @Override
    public boolean isCurrent() { return true; }

    @Override
    public void confirm() {
      // Nothing is kept.
    }

    @Override
    public void doubt() {
      // Nobody can be asked.
    }

    @Override
    public MacAddress linkAddressFor(LinkPacket packet) {
      throw new IllegalStateException("the medium has no link addresses");
    }
  };

  /** The neighbours of a medium without link addresses: nothing is known of them, and nothing is asked. */
  Neighbors NONE = new Neighbors() {
    @Override
    public Neighbor of(IpAddress nextHop) {
      return EVERYBODY;
    }

    @Override
    public boolean hasFailed(IpAddress neighbor) {
      return false;
    }

    @Override
    public void relearn() {
      // Nothing was known.
    }

    @Override
    public void forget(Predicate<? super IpAddress> gone) {
      // Nothing is kept.
    }

    @Override
    public void close() {
      // Nothing waits.
    }
  };

  /**
   * The station that packets to {@code nextHop} are given to.
   *
   * @param nextHop a router, a destination on the link, a group or a broadcast address
   */
  Neighbor of(IpAddress nextHop);

  /**
   * Whether {@code neighbor} was asked for in vain and has said nothing since: a router that other routers should stand in
   * for, also while it is being asked again (RFC 1122 section 3.3.1.5).
   */
  boolean hasFailed(IpAddress neighbor);

  /**
   * The link was down and is up again, perhaps somewhere else: nothing that was known counts any more. Neighbours are asked for
   * when they are next used; those for which packets wait, at once.
   */
  void relearn();

  /** Forgets those neighbours that {@code gone} matches, as those of a network that is not on the link any more. */
  void forget(Predicate<? super IpAddress> gone);

  /** Forgets everything, releases what waits, and takes no more packets. */
  void close();
}
