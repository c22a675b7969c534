package io.reactorstack.layer;

/**
 * Names the egress through which a sender's units leave: one interface's, or that of a destination, which may move from one
 * interface to another.
 *
 * @param <T> the unit: a packet
 */
@FunctionalInterface
public interface Way<T> {

  /** The egress at present. It is asked for each unit, and must be answered by no more than a comparison in the usual case. */
  Egress<T> egress();
}
