/**
 * The JUnit extension on JUnit 6, and with Spring's test context, which needs it.
 *
 * <p>The extension is compiled with JUnit 5.14 and is the same here. The build runs its own tests again in this module, from the
 * test jar; what stands here is what JUnit 5 cannot run.
 *
 * <p>{@link io.reactorstack.test.junit6.SpringContextTest} uses a context that Spring keeps for many tests, each with a world of its
 * own; {@link io.reactorstack.test.junit6.SpringWorldTest} makes a context for each of many worlds.
 */
package io.reactorstack.test.junit6;
