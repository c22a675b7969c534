/**
 * The work of the groups on the stack, on Netty and on the kernel.
 *
 * <p>A {@link io.reactorstack.benchmarks.suite.load.Load} is traffic that can be started and stopped, and counts what it
 * has done; {@link io.reactorstack.benchmarks.suite.load.Counting} makes a contestant of it. The loads whose names begin
 * with {@code Native} use the stack's reactive API, those with {@code Reactor} use Reactor Netty on any transport, and
 * those with {@code Channel} use Netty alone. {@link io.reactorstack.benchmarks.suite.load.KernelHost} is the other host
 * where the traffic passes through the kernel.
 */
package io.reactorstack.benchmarks.suite.load;
