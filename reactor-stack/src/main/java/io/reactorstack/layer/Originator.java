package io.reactorstack.layer;

/** The part of the host that built a unit, and that is notified if the unit cannot be sent. */
@FunctionalInterface
public interface Originator {

  /** Ignores rejections: for a unit that is a response, or that will be repeated. */
  Originator NOBODY = rejection -> {};

  /**
   * Notifies the originator that its unit could not be sent. Called on the event loop, possibly while the originator's
   * outlet is being polled: implementations only record the event, and act on it in the next turn. The memory of the unit
   * is valid during the call.
   */
  void onRejected(Rejection rejection);
}
