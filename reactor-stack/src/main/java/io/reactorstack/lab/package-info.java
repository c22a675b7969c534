/**
 * A simulated network in one JVM, in virtual or in real time.
 *
 * <p>{@link io.reactorstack.lab.Lab} is a world with one clock and one seed. It makes hosts ({@link io.reactorstack.lab.Host}, each with a
 * network stack and one or several interfaces), and switches and hubs that join them by wires.
 *
 * <p>In virtual time the world moves only while {@code Lab.await} waits, and the same seed gives the same run. One thread does
 * all there is to do in it. Code of the world gets its time also by Reactor's schedulers and the operators that use them, its date
 * by {@code Lab.clock} and chance by {@code Lab.random}; what a thread outside brings in is an
 * {@link io.reactorstack.lab.Escape}. Room {@code world} below holds what makes this so, room {@code jdk} what lets
 * blocking code obey.
 *
 * <p>Each direction of a {@link io.reactorstack.lab.Wire} does to frames, in this order, what its
 * {@link io.reactorstack.lab.Effect effects} decide, which are added and removed while the world runs
 * ({@link io.reactorstack.lab.Effects} is the library of them, {@link io.reactorstack.lab.Frames} tells kinds of frames apart), and then
 * what its {@link io.reactorstack.lab.Impairment} does by chance, in the language of Linux's netem. At its end,
 * {@code Lab.partition} and {@code Lab.hold} stop frames by the hosts they come from and go to.
 * {@link io.reactorstack.lab.WireCounters} count all of it by cause, and a world that records its
 * {@link io.reactorstack.lab.Decisions} can be run again without chance.
 *
 * <p>{@code Direction} is the place where all of this meets; {@code Chances} draws, {@code GivenFate} replays.
 * {@code CongestionTrial} measures congestion controls.
 */
@NullMarked
package io.reactorstack.lab;

import org.jspecify.annotations.NullMarked;
