/**
 * Tests of the JVM's resolver in JVMs of their own, since a JVM has one resolver for its whole life.
 *
 * <p>Read {@code JvmResolverOnLinuxTest} first: it starts a {@code ChildJvm} with {@code LookupProgram}, whose output it
 * checks.
 */
package io.reactorstack.dns.jvm;
