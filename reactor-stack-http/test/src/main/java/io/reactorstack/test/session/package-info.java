/**
 * The start of a run of tests, before JUnit loads the first test class.
 *
 * <p>JUnit's launcher finds {@link io.reactorstack.test.session.LabSessionListener} by itself, as a service. It prepares the JVM for labs,
 * so that no class keeps a scheduler of Reactor that knows no lab, and lets JUnit run those tests at the same time that ask for it.
 *
 * <p>Nothing here is to be called by tests. The package is not exported; without JUnit's launcher it is not loaded.
 */
@NullMarked
package io.reactorstack.test.session;

import org.jspecify.annotations.NullMarked;
