package io.reactorstack.dns.exchange;

import io.reactorstack.packet.Endpoint;
import org.xbill.DNS.Message;

/**
 * A server's response to a query.
 *
 * @param message the response; its question is that of the query, or missing if it carries an error
 * @param server the server
 * @param overTcp whether the response came over TCP
 * @param roundTrip the time from the last message that was sent to the response, in nanoseconds
 * @param octets the size of the response
 */
public record Reply(Message message, Endpoint server, boolean overTcp, long roundTrip, int octets) {}
