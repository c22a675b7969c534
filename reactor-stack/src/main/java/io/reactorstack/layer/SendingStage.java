package io.reactorstack.layer;

import reactor.core.publisher.Flux;

/**
 * The sending direction of one protocol layer: a synchronous operator stage, the counterpart of {@link ReceivingStage}.
 * The two carry different unit types where a packet to be sent needs more than its bytes, such as a route.
 *
 * @param <U> the protocol data unit of the layer above
 * @param <L> the protocol data unit of the layer below
 */
public interface SendingStage<U, L> {

  /**
   * Encapsulates the units from the layer above.
   *
   * <p><b>Backpressure:</b> demand from below is passed upstream one for one; a unit that is dropped here is replaced
   * by a request for one more.<br>
   * <b>Buffer ownership:</b> each unit's payload passes to the subscriber.<br>
   * <b>Threading:</b> the event loop of the source.<br>
   * <b>Cancellation:</b> cancels the source; no unit is held.
   */
  Flux<L> send(Flux<U> above);
}
