package io.reactorstack.device;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * The {@link Carrier} of a device: the device sets it, and subscribers of {@link #flux} are notified of changes.
 * Confined to the device's loop.
 */
public final class CarrierState {

  private final Sinks.Many<Carrier> sink = Sinks.unsafe().many().replay().latest();
  private Carrier current;

  /** Creates the state {@code initially}. */
  public CarrierState(Carrier initially) {
    current = initially;
    sink.tryEmitNext(initially);
  }

  /** The current state. */
  public Carrier current() {
    return current;
  }

  /** Sets the carrier state and notifies the subscribers if it changed. */
  public void set(Carrier next) {
    if (next != current) {
      current = next;
      sink.tryEmitNext(next);
    }
  }

  /** Completes {@link #flux}; called when the device is closed. */
  public void end() {
    sink.tryEmitComplete();
  }

  /**
   * The current state, then each change; see {@link NetworkDevice#carrier}.
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as for
   * {@link NetworkDevice#carrier}.
   */
  public Flux<Carrier> flux() {
    return sink.asFlux();
  }
}
