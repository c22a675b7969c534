package io.reactorstack.layer;

import reactor.core.publisher.Flux;

/**
 * The receiving direction of one protocol layer: a synchronous operator stage.
 *
 * <p>It runs on the event loop of the device below, inside the caller's {@code onNext}, without a queue or a thread
 * change. A unit that the stage cannot accept is released and counted by reason; bad input never becomes an error
 * signal.
 *
 * @param <L> the protocol data unit of the layer below
 * @param <U> the protocol data unit of the layer above
 */
public interface ReceivingStage<L, U> {

  /**
   * Decodes and validates the units from the layer below.
   *
   * <p><b>Backpressure:</b> none: units are pushed. TCP limits its peer by the receive window; other
   * protocols drop what exceeds their queues.<br>
   * <b>Buffer ownership:</b> each unit's payload passes to the subscriber.<br>
   * <b>Threading:</b> the event loop of the source.<br>
   * <b>Cancellation:</b> cancels the source; no unit is held.
   */
  Flux<U> receive(Flux<L> below);
}
