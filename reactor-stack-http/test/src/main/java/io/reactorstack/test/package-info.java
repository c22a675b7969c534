/**
 * The simulated network in JUnit tests.
 *
 * <p>A world is a {@link io.reactorstack.lab.Lab}: hosts, wires and switches in virtual time, where one seed gives one run. This
 * package brings it into tests, and HTTP and names into the world.
 *
 * <p>{@link io.reactorstack.test.LabHttp} has Reactor Netty's and Spring's HTTP on a host, which finds the others by name.
 * {@link io.reactorstack.test.LabNames} is for tests in which names come by DNS, late, lost or outdated.
 *
 * <p>Nothing here is needed to use a lab: {@code Lab.virtual(seed)} works in any test and outside of tests.
 */
@NullMarked
package io.reactorstack.test;

import org.jspecify.annotations.NullMarked;
