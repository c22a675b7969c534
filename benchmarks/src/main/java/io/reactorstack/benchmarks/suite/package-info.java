/**
 * Measures the stack beside floors and peers in one command: {@link io.reactorstack.benchmarks.suite.Suite}.
 *
 * <p>A {@link io.reactorstack.benchmarks.suite.Group} is a kind of work and runs in a JVM of its own. Its {@link
 * io.reactorstack.benchmarks.suite.Contestant}s take turns in short windows, so that a disturbance of the machine meets
 * all of them; {@link io.reactorstack.benchmarks.suite.Windows} gives them their turns. The values pass through {@link
 * io.reactorstack.benchmarks.suite.Results} to a {@link io.reactorstack.benchmarks.suite.GroupReport}, which the group's
 * JVM writes as JSON for the first one. The package {@code group} has the groups, {@code load} the work on the stack, on
 * Netty and on the kernel, and {@code floor} the minimal programs that show what the device allows.
 */
package io.reactorstack.benchmarks.suite;
