package io.reactorstack.layer;

import reactor.core.publisher.Flux;

/**
 * The way down through one floor of the stack: a synchronous operator stage, as {@link ReceivingStage} is the way up. The two
 * carry different units where a packet that leaves needs more than its bytes, such as a route.
 *
 * @param <U> the protocol data unit of the floor above
 * @param <L> the protocol data unit of the floor below
 */
public interface SendingStage<U, L> {

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
