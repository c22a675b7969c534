/**
 * The common part of devices whose file descriptor or channel is polled by an event loop.
 *
 * <p>Read {@code PolledDevice} first: it holds the life cycle of such a device (opened, failed, closed), its single
 * subscriber and its single publisher. {@code Receiving} turns readiness and the subscriber's demand into frames, and
 * {@code Sending} requests as many frames from the publisher as the device can take. Subclasses in {@code device.linux}
 * and {@code device.stream} do the reading and writing. The package contains no system calls and no framing.
 */
@NullMarked
package io.reactorstack.device.polled;

import org.jspecify.annotations.NullMarked;
