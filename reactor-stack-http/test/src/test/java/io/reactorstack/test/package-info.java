/**
 * Tests of the JUnit support for labs.
 *
 * <p>Tests that must fail, or must be counted, are {@link io.reactorstack.test.Sample} classes.
 * {@link io.reactorstack.test.Samples} runs them inside other tests, with JUnit's test kit or in a separate JVM. The
 * build never runs them itself.
 */
package io.reactorstack.test;
