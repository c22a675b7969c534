/**
 * The story of an exchange: what crossed a wire, as text for people.
 *
 * <p>{@link io.reactorstack.telemetry.Story} observes devices of one or more hosts and prints one line for each frame, in an
 * arrow diagram with a column for each host. Each frame, or bare packet of either IP version, is read by {@code FrameReader}, which names the segments of a TCP connection relative
 * to its start; a {@link io.reactorstack.telemetry.Describer} adds the text of an application's protocol, as DNS does.
 *
 * <p>Counters of drops are in {@code layer}, those of a connection in {@code tcp.model}; captures are made by {@code device.Capture}.
 */
@NullMarked
package io.reactorstack.telemetry;

import org.jspecify.annotations.NullMarked;
