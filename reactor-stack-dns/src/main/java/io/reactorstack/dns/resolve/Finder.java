package io.reactorstack.dns.resolve;

import io.reactorstack.dns.wire.Question;
import reactor.core.publisher.Mono;

/** A way to find records by asking servers. Used on the event loop only. */
public interface Finder {

  /**
   * Asks servers until one has an answer, within the limits of {@code job}, and returns what it means:
   * {@link Reading.Failed} if no server has one, never a referral. Never fails. Stores nothing of the answer itself.
   *
   * <p><b>Backpressure:</b> one value. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> to be subscribed to on the
   * event loop, where it signals. <b>Cancellation:</b> closes the ports of the outstanding queries.
   */
  Mono<Reading> find(Question question, Job job);
}
