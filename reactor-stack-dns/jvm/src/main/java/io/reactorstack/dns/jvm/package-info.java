/**
 * The JVM's own name resolution, {@link java.net.InetAddress#getByName}, by a {@code DnsResolver} (JEP 418). For code that
 * does not know reactor-stack: the JDK's {@code HttpClient}, JDBC drivers, {@code java.net.Socket}.
 *
 * <p>{@link io.reactorstack.dns.jvm.JvmResolver} is the one type to read.
 */
@NullMarked
package io.reactorstack.dns.jvm;

import org.jspecify.annotations.NullMarked;
