/**
 * The TCP protocol machine, pure: no clock, no thread, no I/O; time is an argument.
 *
 * <p>{@link io.reactorstack.tcp.engine.TcpEngine} is its face. Behind it {@code Connection} keeps the state; the events of RFC
 * 9293 section 3.10 come in by {@code UserCalls}, {@code Arrival}, {@code Expiry} and {@code PathReports}, and {@code Departure}
 * says which segment goes out. {@code Sender} and {@code Receiver} are the two halves of a connection that carries data; what a
 * sender sends is {@code Transmission}'s to choose.
 */
@NullMarked
package io.reactorstack.tcp.engine;

import org.jspecify.annotations.NullMarked;
