package io.reactorstack.dns.exchange;

import io.reactorstack.dns.wire.Question;

/**
 * A query as a resolver wants it to be sent.
 *
 * @param question the question
 * @param recursionDesired whether the server shall resolve the name by itself
 * @param dnssecOk whether to ask for DNSSEC's records (RFC 3225)
 */
public record Query(Question question, boolean recursionDesired, boolean dnssecOk) {}
