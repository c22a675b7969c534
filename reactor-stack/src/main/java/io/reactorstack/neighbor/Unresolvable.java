package io.reactorstack.neighbor;

import io.reactorstack.layer.Drops;
import io.reactorstack.packet.MacAddress;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The neighbour for an address that cannot be resolved; it drops all packets. */
final class Unresolvable implements Neighbor {

  private final Drops drops;
  private final BooleanSupplier closed;

  /** Creates the neighbour of a cache that {@code closed} reports as closed or open. */
  Unresolvable(Drops drops, BooleanSupplier closed) {
    this.drops = drops;
    this.closed = closed;
  }

  @Override
  public boolean isCurrent() { return false; }

  @Override
  public void confirm() {
    // No state to confirm.
  }

  @Override
  public void doubt() {
    // No station to probe.
  }

  @Override
  public @Nullable MacAddress linkAddressFor(LinkPacket packet) {
    drops.drop(packet, closed.getAsBoolean() ? NeighborDrop.ENTRY_REMOVED : NeighborDrop.UNRESOLVABLE);
    return null;
  }
}
