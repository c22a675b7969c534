/**
 * The end of a resolution, and what happened on the way.
 *
 * <p>A {@link io.reactorstack.dns.outcome.DnsException} says why a name could not be resolved. Its
 * {@link io.reactorstack.dns.outcome.DnsPath} lists the queries that were sent, with the servers and their answers, as does
 * that of a response. {@link io.reactorstack.dns.outcome.DnsDrop} counts the messages that were ignored.
 */
@NullMarked
package io.reactorstack.dns.outcome;

import org.jspecify.annotations.NullMarked;
