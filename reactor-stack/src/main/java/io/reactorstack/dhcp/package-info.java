/**
 * DHCP for IPv4 as users see it: the settings of a client, the lease that a server has given, and the state of the
 * client (RFC 2131, RFC 2132).
 *
 * <p>{@link io.reactorstack.dhcp.DhcpSettings} configures an interface, through {@code StackConfiguration.dhcp}. {@link
 * io.reactorstack.dhcp.DhcpStatus} says what the client of an interface waits for, and {@link
 * io.reactorstack.dhcp.DhcpLease} is what it has received: an address with its network, routes and the options of the
 * server. {@link io.reactorstack.dhcp.DhcpClientId} identifies the client (RFC 4361). The types are values without I/O;
 * the package {@code dhcp.engine} has the machine of the client, and {@code host} runs it.
 */
@NullMarked
package io.reactorstack.dhcp;

import org.jspecify.annotations.NullMarked;
