package io.reactorstack.dns.resolve;

import io.reactorstack.dns.wire.Question;
import reactor.core.publisher.Mono;

/** A way to find records by asking servers. Used on the event loop only. */
public interface Finder {

  /**
   * Asks servers until one has an answer, within the limits of {@code job}, and returns what it means:
   * {@link Reading.Failed} if no server has one, never a referral. Never fails. Stores nothing of the answer itself.
   */
  Mono<Reading> find(Question question, Job job);
}
