/**
 * All that reaches into the JDK so that unmodified blocking code obeys a world of the lab; not exported.
 *
 * <p>{@link io.reactorstack.lab.jdk.CarriedThreads} runs blocking code on virtual threads that the world's own thread carries, and
 * {@link io.reactorstack.lab.jdk.BlockingScheduler} gives them to Reactor. {@link io.reactorstack.lab.jdk.JdkClocks} and
 * {@code JdkChance} put the world's time and chance in the place of the machine's, on threads of a world only.
 *
 * <p>Each part is a {@link io.reactorstack.lab.jdk.Takeover}: it is tried once, tests itself, and is left out with one sentence in
 * the log if this JDK or the JVM's flags do not allow it. Written for JDK 25.
 */
@NullMarked
package io.reactorstack.lab.jdk;

import org.jspecify.annotations.NullMarked;
