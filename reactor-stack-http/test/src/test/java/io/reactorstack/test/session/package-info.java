/**
 * Tests of the start of a run of tests.
 *
 * <p>{@link io.reactorstack.test.session.PlainRun} runs {@link io.reactorstack.test.session.PlainSample} as a build would: in a JVM of its
 * own, where nothing has been prepared. Without SLF4J and BlockHound, and with or without the flags that a lab asks for.
 *
 * <p>The JVM of the tests themselves cannot show this: it has been prepared already.
 */
package io.reactorstack.test.session;
