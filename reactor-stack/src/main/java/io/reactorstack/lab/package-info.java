/**
 * A simulated network in one JVM, in virtual or in real time.
 *
 * <p>{@link io.reactorstack.lab.Lab} is a world with one clock and one seed. It makes hosts ({@link io.reactorstack.lab.Host}, each with a
 * network stack), and switches and hubs that join them by wires with delay, jitter, rate, loss, reordering, duplication and
 * corruption. In virtual time the world moves only while {@code Lab.await} waits, and the same seed gives the same run.
 * {@code CongestionTrial} measures congestion controls.
 */
@NullMarked
package io.reactorstack.lab;

import org.jspecify.annotations.NullMarked;
