/**
 * The resolution of host names for transports that accept a name instead of an address.
 *
 * <p>{@link io.reactorstack.name.NameResolver} is the main type here: the interface between a stack and any source of
 * names, such as DNS, a table, or the hosts of a lab. A stack wraps its configured resolver. The wrapper answers IP
 * addresses in text and {@code localhost} itself (RFC 6761 section 6.3), and sorts the resolver's addresses into the
 * order in which the stack should try them (RFC 6724 section 6).
 *
 * <p>TCP, UDP and ICMP call it when they are given a name; {@code StackAddressResolverGroup} makes it available to
 * Netty's bootstraps. The package contains no DNS client; that is the module reactor-stack-dns.
 */
@NullMarked
package io.reactorstack.name;

import org.jspecify.annotations.NullMarked;
