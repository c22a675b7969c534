/**
 * Integration with the internals of the JDK, so that unmodified blocking code follows the virtual time and the seed of
 * a world.
 *
 * <p>Read {@link io.reactorstack.lab.jdk.CarriedThreads} first: it runs blocking code on virtual threads that the
 * world's own thread carries. {@link io.reactorstack.lab.jdk.BlockingScheduler} makes these threads available to
 * Reactor. {@link io.reactorstack.lab.jdk.JdkClocks}, {@code JdkRandom} and {@code SecureRandomTakeover} replace the machine's
 * clocks and random numbers by the world's, on threads of a world only; other threads of the JVM are not affected.
 *
 * <p>Each part is a {@link io.reactorstack.lab.jdk.Takeover}: it is attempted once and tests itself. If this JDK or the
 * JVM's flags do not permit it, it is left out, and one log line names the consequences and the remedy. Written for JDK
 * 25.
 *
 * <p>Not exported.
 */
@NullMarked
package io.reactorstack.lab.jdk;

import org.jspecify.annotations.NullMarked;
