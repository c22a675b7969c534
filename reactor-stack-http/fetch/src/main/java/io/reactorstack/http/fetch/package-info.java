/**
 * The {@code fetch} command: gets a page over a host of its own, in a simulated network or on a real one.
 *
 * <p>{@code Fetch} is the command line. It builds an {@code EmbeddedLab}, with a client, a name server and a web server in virtual
 * time, or a {@code RealNetwork} over a TAP, a packet socket or passt; {@code Exchange} then makes the request with Reactor
 * Netty's client and prints the page on standard output. {@code ExitCode} and {@code Failure} say what became of it.
 */
@NullMarked
package io.reactorstack.http.fetch;

import org.jspecify.annotations.NullMarked;
