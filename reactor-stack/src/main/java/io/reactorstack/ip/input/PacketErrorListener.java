package io.reactorstack.ip.input;

/** The listener for defects that are reported to a packet's sender; ICMP implements it. */
@FunctionalInterface
public interface PacketErrorListener {

  /** Reports the defect of a rejected packet to its sender. Called on the event loop, before the packet is dropped. */
  void complain(PacketError complaint);
}
