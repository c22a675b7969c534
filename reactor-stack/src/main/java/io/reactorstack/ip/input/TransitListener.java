package io.reactorstack.ip.input;

/** The receiver of packets that are addressed to other hosts. */
@FunctionalInterface
public interface TransitListener {

  /**
   * Handles a well-formed packet, which it owns: the packet leaves through another interface, or is dropped and counted.
   * Called on the event loop.
   *
   * @param packet the packet; the options of an IPv4 packet are not parsed, and it may be a fragment
   */
  void onTransit(InboundPacket packet);
}
