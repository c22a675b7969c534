package io.reactorstack.layer;

/**
 * A sender's reference to its egress: one interface's, or that of a destination, which may move from one interface to
 * another.
 *
 * @param <T> the unit: a packet
 */
@FunctionalInterface
public interface EgressRef<T> {

  /** Returns the current egress. Called for each unit, so the usual case must cost no more than a comparison. */
  Egress<T> egress();
}
