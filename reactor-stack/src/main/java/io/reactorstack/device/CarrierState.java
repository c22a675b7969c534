package io.reactorstack.device;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** The {@link Carrier} of a device: what the device sets, and its user watches. Confined to the device's loop. */
public final class CarrierState {

  private final Sinks.Many<Carrier> sink = Sinks.unsafe().many().replay().latest();
  private Carrier current;

  /** A medium that is {@code initially} so. */
  public CarrierState(Carrier initially) {
    current = initially;
    sink.tryEmitNext(initially);
  }

  /** The state now. */
  public Carrier current() {
    return current;
  }

  /** The medium is {@code next} from now on; who watches is told if that is new. */
  public void set(Carrier next) {
    if (next != current) {
      current = next;
      sink.tryEmitNext(next);
    }
  }

  /** The device has ended, and who watches is told no more. */
  public void end() {
    sink.tryEmitComplete();
  }

  /**
   * As {@link NetworkDevice#carrier}.
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as there.
   */
  public Flux<Carrier> flux() {
    return sink.asFlux();
  }
}
