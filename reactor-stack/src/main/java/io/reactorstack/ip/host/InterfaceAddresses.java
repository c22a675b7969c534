package io.reactorstack.ip.host;

import io.reactorstack.neighbor.LocalAddresses;
import io.reactorstack.packet.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * The current addresses and groups of one interface, as a shard has received them, for address resolution and for
 * {@link NetworkInterface}. Confined to the shard's loop.
 */
public final class InterfaceAddresses implements LocalAddresses {

  private InterfaceSnapshot now;

  InterfaceAddresses(InterfaceSnapshot now) {
    this.now = now;
  }

  /** The latest state of the interface. */
  InterfaceSnapshot now() {
    return now;
  }

  void become(InterfaceSnapshot next) {
    now = next;
  }

  @Override
  public boolean owns(IpAddress address) {
    return now.owns(address);
  }

  @Override
  public boolean isBroadcast(IpAddress address) {
    return now.isBroadcast(address);
  }

  @Override
  public @Nullable IpAddress sourceFor(IpAddress target) {
    return now.sourceFor(target);
  }
}
