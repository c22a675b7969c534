/**
 * Prepares the JVM before JUnit loads the first test class.
 *
 * <p>JUnit's launcher finds {@link io.reactorstack.test.session.LabSessionListener} as a service. It prepares the JVM
 * for labs, so that no test class keeps a scheduler of Reactor that ignores the lab's time. It also configures JUnit to
 * run in parallel the tests that request it ({@code ParallelSeeds}).
 *
 * <p>Tests call nothing here. The package is not exported; without JUnit's launcher it is not loaded.
 */
@NullMarked
package io.reactorstack.test.session;

import org.jspecify.annotations.NullMarked;
