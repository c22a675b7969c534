/**
 * Tests of the published artefacts from a user's point of view. They build the projects in {@code src/it}, which depend
 * on the artefacts, with the Maven, javac and java that a user would run. Nothing on the build's own class path is
 * used.
 */
package io.reactorstack.consumer;
