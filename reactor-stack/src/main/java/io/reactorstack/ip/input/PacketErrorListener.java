package io.reactorstack.ip.input;

/** The listener for problems of packets that are reported to their senders; ICMP implements it. */
@FunctionalInterface
public interface PacketErrorListener {

  /** Reports the problem of a packet to its sender. Called on the event loop, before the packet is dropped. */
  void complain(PacketError complaint);
}
