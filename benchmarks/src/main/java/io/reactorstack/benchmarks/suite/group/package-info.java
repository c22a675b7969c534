/**
 * The groups of the suite, which name their contestants and the conditions of their work.
 *
 * <p>{@link io.reactorstack.benchmarks.suite.group.MemoryGroups} run anywhere; {@link
 * io.reactorstack.benchmarks.suite.group.TapGroups} need root and talk to the kernel. {@link
 * io.reactorstack.benchmarks.suite.group.WindowedGroup} is the form of the groups whose contestants take turns; the others
 * measure memory.
 */
package io.reactorstack.benchmarks.suite.group;
