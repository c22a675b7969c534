package io.reactorstack.layer;

import reactor.core.publisher.Flux;

/**
 * The way up through one floor of the stack: a synchronous operator stage.
 *
 * <p>It runs on the event loop of the device below, inside the caller's {@code onNext}: no queue, no thread change. A unit that
 * the stage cannot take is released and counted by reason; no bad input becomes an error signal.
 *
 * @param <L> the protocol data unit of the floor below
 * @param <U> the protocol data unit of the floor above
 */
public interface ReceivingStage<L, U> {

  /**
   * Decodes and validates what comes from below.
   *
   * <p><b>Backpressure:</b> unbounded; backpressure inbound is the business of the transport's window.<br>
   * <b>Buffer ownership:</b> each unit's payload passes to the subscriber.<br>
   * <b>Threading:</b> the event loop of the source.<br>
   * <b>Cancellation:</b> cancels the source; no unit is held.
   */
  Flux<U> receive(Flux<L> below);
}
