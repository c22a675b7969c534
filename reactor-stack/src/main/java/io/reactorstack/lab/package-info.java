/**
 * A simulated network in one JVM, in virtual or in real time.
 *
 * <p>Read {@link io.reactorstack.lab.Lab} first, then {@link io.reactorstack.lab.Wire} and
 * {@link io.reactorstack.lab.Host}. A {@code Lab} is a world with one clock and one seed. It creates hosts, each with a
 * network stack, and the switches, hubs and wires that join them.
 *
 * <p>In virtual time the world moves only while {@code Lab.await} or {@code Lab.advance} waits, one thread does all the
 * work, and the same seed gives the same run. The package {@code world} gives this time to Reactor's schedulers, the
 * package {@code jdk} to blocking code, and the package {@code report} describes a world that failed. A signal from a
 * thread outside is an {@link io.reactorstack.lab.Escape}, which makes a run unrepeatable.
 *
 * <p>A frame on a wire first meets its {@link io.reactorstack.lab.Effect effects}, which a test adds and removes at any
 * time ({@link io.reactorstack.lab.Effects}, {@link io.reactorstack.lab.Frames}), then its
 * {@link io.reactorstack.lab.Impairment}, which acts by chance in the terms of Linux's netem. At the receiving end,
 * {@code Lab.partition} and {@code Lab.hold} stop frames by their hosts. {@code Direction} implements these steps.
 * {@link io.reactorstack.lab.Decisions} replay a run without chance.
 *
 * <p>A {@link io.reactorstack.lab.Switch} has VLANs, mirrors and meters, but no spanning tree: a loop of wires floods
 * forever. {@code Lab.tables} shows the tables of switches and hosts. A box with tables of its own implements
 * {@code Tabled}.
 *
 * <p>{@link io.reactorstack.lab.CongestionTrial} tests congestion controls without a network.
 */
@NullMarked
package io.reactorstack.lab;

import org.jspecify.annotations.NullMarked;
