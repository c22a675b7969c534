package io.reactorstack.ip.output;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.NetworkInterface;

/**
 * Sees each ICMP message of this host's own over IPv4 before it leaves, and may change it; a translator of addresses
 * implements it, because an error may quote a packet that it has translated.
 */
@FunctionalInterface
public interface DepartureHook {

  /** Passes all messages on unchanged. */
  DepartureHook NONE = (via, packet) -> true;

  /**
   * Returns whether the message may leave.
   *
   * @param via the interface over which it leaves
   * @param packet the packet with its IP header; not kept, and its length is not changed
   */
  boolean onDeparture(NetworkInterface via, ByteBuf packet);
}
