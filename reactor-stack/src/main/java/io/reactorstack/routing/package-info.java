/**
 * The settings of a host that forwards packets of other hosts: a router (RFC 1812, RFC 8200).
 *
 * <p>{@link io.reactorstack.routing.ForwardingSettings} is what {@code StackConfiguration.forwarding} changes. {@link
 * io.reactorstack.routing.ReversePath} is the test of the source address of each packet.
 */
@NullMarked
package io.reactorstack.routing;

import org.jspecify.annotations.NullMarked;
