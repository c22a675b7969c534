package io.reactorstack.layer;

/** The part of the host that has built a unit, and to which the unit comes back if it cannot leave. */
@FunctionalInterface
public interface Originator {

  /** Nobody waits for the unit to arrive: it is an answer, or it will be repeated. */
  Originator NOBODY = rejection -> {};

  /**
   * A unit could not leave. Called on the event loop, possibly while the originator's outlet is being polled: it notes what has
   * happened and acts in the next turn.
   */
  void onRejected(Rejection rejection);
}
