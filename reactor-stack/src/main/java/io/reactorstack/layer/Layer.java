package io.reactorstack.layer;

import reactor.core.publisher.Flux;

/**
 * One floor of the stack: a pair of synchronous operator stages.
 *
 * <p>Both stages run on the event loop of the device below, inside the caller's {@code onNext}: no queue, no thread
 * change. A unit that a stage cannot take is released and counted by reason; no bad input becomes an error signal.
 *
 * @param <L> the protocol data unit of the floor below
 * @param <U> the protocol data unit of the floor above
 */
public interface Layer<L, U> {

  /**
   * Decodes and validates what comes from below.
   *
   * <p><b>Backpressure:</b> unbounded; backpressure inbound is the business of the transport's window.<br>
   * <b>Buffer ownership:</b> each unit's payload passes to the subscriber.<br>
   * <b>Threading:</b> the event loop of the source.<br>
   * <b>Cancellation:</b> cancels the source; no unit is held.
   */
  Flux<U> receive(Flux<L> below);

  /**
   * Encapsulates what comes from above.
   *
   * <p><b>Backpressure:</b> demand from below is passed up one for one; a unit that is dropped here is replaced by one
   * more request.<br>
   * <b>Buffer ownership:</b> each unit's payload passes to the subscriber.<br>
   * <b>Threading:</b> the event loop of the source.<br>
   * <b>Cancellation:</b> cancels the source; no unit is held.
   */
  Flux<L> send(Flux<U> above);
}
