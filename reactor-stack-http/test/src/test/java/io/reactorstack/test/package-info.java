/**
 * Tests of what brings labs into tests.
 *
 * <p>Tests that are to fail, or to be counted, are {@link io.reactorstack.test.Sample} classes, which {@link io.reactorstack.test.Samples}
 * runs inside of tests, with JUnit's test kit or in a JVM of their own. The build never runs them itself.
 */
package io.reactorstack.test;
