/**
 * A simulated network in one JVM, in virtual or in real time.
 *
 * <p>Read {@link io.reactorstack.lab.Lab} first, then {@link io.reactorstack.lab.Wire} and
 * {@link io.reactorstack.lab.Host}. A {@code Lab} is a world with one clock and one seed. It creates hosts, each with a
 * network stack and one or more interfaces, and the switches, hubs and wires that join them.
 *
 * <p>In virtual time the world moves only while {@code Lab.await} or {@code Lab.advance} waits, and the same seed gives
 * the same run. One thread does all the work. Code of the world also gets its time from Reactor's schedulers and the
 * operators that use them, its date from {@code Lab.clock} and its random numbers from {@code Lab.random}. A signal
 * that a thread outside brings in is an {@link io.reactorstack.lab.Escape}. The package {@code world} implements this
 * routing, the package {@code jdk} takes over the clocks and threads of the JDK so that blocking code follows virtual
 * time, and the package {@code report} writes {@link io.reactorstack.lab.LabReport}.
 *
 * <p>A frame that enters a direction of a wire first meets the direction's {@link io.reactorstack.lab.Effect effects},
 * which a test adds and removes while the world runs ({@link io.reactorstack.lab.Effects} is the library of them,
 * {@link io.reactorstack.lab.Frames} selects frames). Then the {@link io.reactorstack.lab.Impairment} acts on it by
 * chance, in the terms of Linux's netem. At the receiving end, {@code Lab.partition} and {@code Lab.hold} stop frames
 * by the hosts they come from and go to. {@link io.reactorstack.lab.WireCounters} count all of it by cause, and a world
 * that records its {@link io.reactorstack.lab.Decisions} can be run again without chance. {@code Direction} implements
 * these steps; {@code Chances} draws at random, {@code GivenFate} replays decisions.
 *
 * <p>{@link io.reactorstack.lab.CongestionTrial} tests congestion controls without a network. Switches support neither
 * VLANs nor a spanning tree.
 */
@NullMarked
package io.reactorstack.lab;

import org.jspecify.annotations.NullMarked;
