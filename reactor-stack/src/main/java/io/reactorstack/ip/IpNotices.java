package io.reactorstack.ip;

/**
 * The part of the host that speaks for the internet layer: it tells senders what became of their packets, by ICMP or by an error
 * of their socket. Called on the event loop, while the packet is being dropped.
 */
public interface IpNotices {

  /** A received packet is refused, and its sender is to be told. */
  void complain(Complaint complaint);

  /** A packet of this host could not be sent on. */
  void undelivered(Undelivered undelivered);
}
