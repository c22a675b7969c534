/**
 * The door by which a stranger comes in: the artefacts as they are published, the projects in {@code src/it} that depend on
 * them, and the Maven, javac and java that a user would run. Nothing of the build's class path takes part.
 */
package io.reactorstack.consumer;
