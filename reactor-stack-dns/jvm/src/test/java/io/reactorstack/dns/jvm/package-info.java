/** Tests of the JVM's resolver. */
package io.reactorstack.dns.jvm;
