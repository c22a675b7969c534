package io.reactorstack.routing;

/** The test of the source address of a packet to be forwarded against the router's own routes (RFC 3704). */
public enum ReversePath {
  /** No test. */
  OFF,
  /** A route to the source must exist; it may lead over any interface. */
  LOOSE,
  /** One of the best routes to the source must lead over the interface on which the packet arrived. */
  STRICT
}
