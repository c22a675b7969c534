/**
 * Sequence diagrams of network exchanges in text: one line for each frame that crossed a wire.
 *
 * <p>Read {@link io.reactorstack.telemetry.Story} first. It observes devices of one or more hosts and prints an arrow
 * diagram with a column for each host. Each frame, or bare packet of either IP version, is parsed by {@code
 * FrameDissector}. {@code TcpTrail} follows each TCP connection: it shows sequence numbers relative to the start and marks
 * retransmissions, gaps and zero windows; {@code SegmentRun} summarizes long transfers. A {@link
 * io.reactorstack.telemetry.Describer} adds the text of an application's protocol, for example DNS.
 *
 * <p>Drop counters are in {@code layer}, the statistics of a connection in {@code tcp.model}; captures are written by
 * {@code device.Capture}.
 */
@NullMarked
package io.reactorstack.telemetry;

import org.jspecify.annotations.NullMarked;
