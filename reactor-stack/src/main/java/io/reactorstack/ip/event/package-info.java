/**
 * The events of a host's internet layer, as users and the rooms above see them.
 *
 * <p>{@link io.reactorstack.ip.event.InterfaceEvent} is one change of an interface, an address, a route or a gateway.
 * {@code NetworkStack.interfaceEvents()} is the stream of them. The internet layer emits them, on the host's event loop, after the
 * change has been made: a connection that is opened by a subscriber sees the host as the event says.
 */
@NullMarked
package io.reactorstack.ip.event;

import org.jspecify.annotations.NullMarked;
