/**
 * Devices within one JVM: two ends of a cable.
 *
 * <p>{@link io.reactorstack.device.memory.MemoryCable} joins two hosts, on one event loop or on two; frames wait in a bounded ring in each
 * direction, and a full ring withholds demand from the sender. A frame changes hands without a copy. The lab's wires, which
 * have delay and loss, are in {@code lab}.
 */
@NullMarked
package io.reactorstack.device.memory;

import org.jspecify.annotations.NullMarked;
