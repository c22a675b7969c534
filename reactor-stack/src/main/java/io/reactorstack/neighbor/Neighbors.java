package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import java.util.List;
import java.util.function.Predicate;

/**
 * The stations on the link of one interface, as the next hops of the internet layer. Confined to the host's event loop.
 */
public interface Neighbors {

  /**
   * The neighbour on a medium without MAC addresses: all packets reach it without resolution, whatever their next hop.
   */
  Neighbor EVERYBODY = new Neighbor() {
    @Override
    public boolean isCurrent() { return true; }

    @Override
    public void confirm() {
      // No state to confirm.
    }

    @Override
    public void doubt() {
      // No station to probe.
    }

    @Override
    public MacAddress linkAddressFor(LinkPacket packet) {
      throw new IllegalStateException("the medium has no MAC addresses");
    }
  };

  /** The neighbours on a medium without MAC addresses: there is no cache and no resolution. */
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
      // No cache.
    }

    @Override
    public void forget(Predicate<? super IpAddress> gone) {
      // No cache.
    }

    @Override
    public void close() {
      // No waiting packets.
    }
  };

  /**
   * Returns the neighbour for packets to {@code nextHop}.
   *
   * @param nextHop a router, a destination on the link, a group or a broadcast address
   */
  Neighbor of(IpAddress nextHop);

  /**
   * Returns whether address resolution for {@code neighbor} failed and nothing has been received from it since, even
   * while it is being resolved again. Routing then prefers other routers (RFC 1122 section 3.3.1.5).
   */
  boolean hasFailed(IpAddress neighbor);

  /**
   * Discards all cached addresses, because the link was down and may now be attached to another network. The addresses
   * of neighbours with waiting packets are requested again immediately, the other ones when they are next used.
   */
  void relearn();

  /** Removes the neighbours that {@code gone} matches, such as those of a network that is no longer on the link. */
  void forget(Predicate<? super IpAddress> gone);

  /** The cached neighbours; none on a medium without MAC addresses. */
  default List<NeighborSnapshot> snapshots() {
    return List.of();
  }

  /** Removes all neighbours, drops the waiting packets, and accepts no further packets. */
  void close();
}
