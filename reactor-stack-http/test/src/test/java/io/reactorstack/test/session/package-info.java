/**
 * Tests of the preparation of the JVM before tests run.
 *
 * <p>{@link io.reactorstack.test.session.PlainRun} runs {@link io.reactorstack.test.session.PlainSample} as a build
 * would: in a separate JVM that is not prepared, without SLF4J and BlockHound, and with or without the flags that a lab
 * needs.
 *
 * <p>The JVM that runs the tests of this module cannot show this, because it has already been prepared.
 */
package io.reactorstack.test.session;
