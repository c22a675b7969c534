/**
 * The settings of a host that forwards packets of other hosts: a router (RFC 1812, RFC 8200, RFC 4861 section 6.2).
 *
 * <p>{@link io.reactorstack.routing.ForwardingSettings} is what {@code StackConfiguration.forwarding} changes. {@link
 * io.reactorstack.routing.ReversePath} is the test of the source address of each packet. {@link
 * io.reactorstack.routing.AdvertisementSettings} is what {@code StackConfiguration.advertise} changes: the content and
 * the times of the router advertisements of one interface.
 */
@NullMarked
package io.reactorstack.routing;

import org.jspecify.annotations.NullMarked;
