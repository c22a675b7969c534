/**
 * Tests of the JUnit extension on JUnit 6, and with Spring's test context, which needs JUnit 6.
 *
 * <p>The extension is compiled with JUnit 5.14 and is used here unchanged. The build runs the extension's own tests
 * again in this module, from the test jar; this package contains the tests that JUnit 5 cannot run.
 *
 * <p>{@link io.reactorstack.test.junit6.SpringContextTest} uses one Spring context for many tests, each of which has
 * its own world; {@link io.reactorstack.test.junit6.SpringWorldTest} creates a context for each of many worlds.
 */
package io.reactorstack.test.junit6;
