/**
 * JUnit support for tests on the simulated network.
 *
 * <p>A world is a {@link io.reactorstack.lab.Lab}: hosts, wires and switches in virtual time, where one seed gives one
 * run. {@link io.reactorstack.test.LabExtension} passes a world to a test, closes it after the test, and adds a report
 * on the world to a failure. {@link io.reactorstack.test.LabTest} runs a test once for each of many seeds.
 * {@link io.reactorstack.test.LabSettings} configures both.
 *
 * <p>{@link io.reactorstack.test.LabHttp} provides Reactor Netty's and Spring's HTTP on a host, which resolves the
 * names of the other hosts. {@link io.reactorstack.test.LabNames} is for tests in which names are resolved by DNS,
 * where answers may be late, lost or outdated.
 *
 * <p>{@link io.reactorstack.test.Internet} is a ready network of homes, routers and servers;
 * {@link io.reactorstack.test.AccessPoint} is the box of a home alone.
 *
 * <p>A lab works without this package: {@code Lab.virtual(seed)} can be used in any test and outside of tests.
 */
@NullMarked
package io.reactorstack.test;

import org.jspecify.annotations.NullMarked;
