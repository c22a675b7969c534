package io.reactorstack.ip.input;

/** The part of the host that tells senders, by ICMP, what is wrong with their packets. */
@FunctionalInterface
public interface Complaints {

  /** A received packet is refused, and its sender is to be told. Called on the event loop, while the packet is being dropped. */
  void complain(Complaint complaint);
}
