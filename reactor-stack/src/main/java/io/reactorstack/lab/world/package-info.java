/**
 * The law of time inside a world of the lab; not exported.
 *
 * <p>{@link io.reactorstack.lab.world.World} is what a piece of code can ask for when it runs in a world: time, date, chance, the
 * world's loop. It is found from the current thread, {@link io.reactorstack.lab.world.WorldThread} or a virtual thread that the
 * world carries, so that many worlds run in one JVM side by side and code outside sees none of them.
 *
 * <p>Nothing here knows the lab: {@code io.reactorstack.lab} makes the worlds and moves them.
 */
@NullMarked
package io.reactorstack.lab.world;

import org.jspecify.annotations.NullMarked;
