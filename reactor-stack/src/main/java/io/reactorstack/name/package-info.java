/**
 * Names of hosts, as transports take them instead of addresses.
 *
 * <p>{@link io.reactorstack.name.NameResolver} is the one interface between a stack and whatever knows names: DNS, a table, the
 * inventory of a lab. A stack wraps the one that it is configured with, so that IP addresses in text and {@code localhost} never
 * reach it, and so that addresses come in the order in which the stack should try them.
 *
 * <p>TCP, UDP and ICMP ask it when they are given a name; {@code StackAddressResolverGroup} passes it to Netty's bootstraps.
 */
@NullMarked
package io.reactorstack.name;

import org.jspecify.annotations.NullMarked;
