/**
 * Devices within one JVM: the two ends of a cable in memory.
 *
 * <p>Read {@link io.reactorstack.device.memory.MemoryCable} first: it joins two hosts, on one event loop or on two.
 * Each end is a {@code MemoryDevice}, and each direction a {@code MemoryRing}: a bounded queue of frames. When it is
 * full, the sender gets no further requests. Frames are passed on without copying. {@code ReceivePort} and
 * {@code TransmitPort} implement the subscriber and the publisher of a device; the devices of the lab use them too. The
 * cable has no delay and no loss; the wires of {@code lab} have both.
 */
@NullMarked
package io.reactorstack.device.memory;

import org.jspecify.annotations.NullMarked;
