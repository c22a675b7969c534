/**
 * The framing of DNS messages on TCP connections, shared by the resolver and the server (RFC 1035 section 4.2.2).
 *
 * <p>{@link io.reactorstack.dns.wire.MessageFraming} puts a two-octet length before each message and reassembles
 * messages from the received buffers. dnsjava encodes and decodes the messages themselves.
 */
@NullMarked
package io.reactorstack.dns.wire;

import org.jspecify.annotations.NullMarked;
