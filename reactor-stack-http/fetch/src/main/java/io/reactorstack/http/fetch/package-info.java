/**
 * The {@code fetch} command: fetches a page over its own TCP/IP host, in a simulated network or on a real one.
 *
 * <p>{@code Fetch} parses the command line. It creates one of the two kinds of {@code FetchNetwork}: an {@code EmbeddedLab}
 * in virtual time, or a {@code RealNetwork} over a TAP interface, a packet socket or passt. There are two embedded labs: a
 * {@code LanLab} is a client, a DNS server and a web server on a switch, a {@code HomeLab} is a home and a small internet. {@code Exchange} then makes the request with Reactor Netty's client and writes the page to standard
 * output. {@code FrameRecorder} records the client's frames as a story or a capture;
 * {@code HopRecorder} follows the request and its answer from host to host of a lab. {@code Failure} maps an error to an
 * {@code ExitCode} and a one-line message.
 *
 * <p>{@code Ping} and {@code Traceroute} are further commands in the same networks; the {@code LanLab} has three routers
 * then, as the {@code HomeLab} always has.
 */
@NullMarked
package io.reactorstack.http.fetch;

import org.jspecify.annotations.NullMarked;
