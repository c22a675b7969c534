/**
 * The time, threads, schedulers and random streams of a world, which is one simulated network of the lab in virtual
 * time.
 *
 * <p>Read {@link io.reactorstack.lab.world.World} first: the services for code that runs inside a world, such as time,
 * date, random numbers and the world's event loop. Code finds its world from the current thread: a {@link
 * io.reactorstack.lab.world.WorldThread}, or a virtual thread that the world carries. So many worlds run side by side
 * in one JVM, and code outside sees none of them. {@link io.reactorstack.lab.world.Lives} and {@link
 * io.reactorstack.lab.world.Life} attribute each task, timer and thread to the host whose code created it, so that a
 * host can be paused and ended.
 *
 * <p>{@link io.reactorstack.lab.world.RoutedSchedulers} replaces Reactor's schedulers in the whole JVM: a call inside a
 * world goes to the world's thread, one outside to Reactor's own scheduler.
 *
 * <p>Not exported. Nothing here depends on {@code io.reactorstack.lab}, which creates worlds and drives them.
 */
@NullMarked
package io.reactorstack.lab.world;

import org.jspecify.annotations.NullMarked;
