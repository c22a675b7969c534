/**
 * The common part of devices whose file descriptor or channel is polled by an event loop.
 *
 * <p>{@code PolledDevice} has the life of such a device: opened, failed, closed; {@code Receiving} turns readiness and the subscriber's demand into
 * frames, {@code Sending} asks the publisher for as many frames as the device takes. {@code device.linux} and {@code
 * device.stream} supply the reading and the writing.
 */
@NullMarked
package io.reactorstack.device.polled;

import org.jspecify.annotations.NullMarked;
