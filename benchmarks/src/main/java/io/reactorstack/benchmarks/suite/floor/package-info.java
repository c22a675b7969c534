/**
 * Minimal programs that show what a device and the language allow: the headers, checksums and acknowledgements of TCP, and
 * nothing else.
 *
 * <p>{@link io.reactorstack.benchmarks.suite.floor.FloorPacket} is the format; {@link
 * io.reactorstack.benchmarks.suite.floor.MemoryFloor} passes packets between two ends in memory, and {@link
 * io.reactorstack.benchmarks.suite.floor.TapFloor} exchanges them with the kernel over a TAP interface. They handle no
 * loss beyond sending again, no reordering, no congestion, no options beyond the MSS and the window scale, and one
 * connection or a table of ports. What is left out is the price of a protocol; the ratio of the stack to its floor shows
 * that price.
 */
package io.reactorstack.benchmarks.suite.floor;
