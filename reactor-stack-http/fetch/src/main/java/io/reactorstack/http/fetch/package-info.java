/**
 * The {@code fetch} command: fetches a page over its own TCP/IP host, in a simulated network or on a real one.
 *
 * <p>{@code Fetch} parses the command line. It creates one of the two kinds of {@code FetchNetwork}: an {@code EmbeddedLab},
 * with a client, a DNS server and a web server in virtual time, or a {@code RealNetwork} over a TAP interface, a packet
 * socket or passt. {@code Exchange} then makes the request with Reactor Netty's client and writes the page to standard
 * output. {@code FrameRecorder} records the client's frames as a story or a capture. {@code Failure} maps an error to an
 * {@code ExitCode} and a one-line message.
 *
 * <p>{@code Ping} and {@code Traceroute} are further commands in the same networks; the simulated one has three routers
 * then.
 */
@NullMarked
package io.reactorstack.http.fetch;

import org.jspecify.annotations.NullMarked;
