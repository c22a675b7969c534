package io.reactorstack.udp;

/**
 * The observations of an application's protocol about datagrams of the size that a path MTU discovery permits (RFC 8899
 * section 4.3).
 */
public enum DeliveryEvidence {
  /** The peer has acknowledged a datagram of the largest size: no probe needs to confirm it. */
  DELIVERED,
  /** Several datagrams of the largest size in a row were lost, while smaller ones arrived. */
  BLACK_HOLE
}
