/**
 * The events of a host's internet layer, for users and for the layers above.
 *
 * <p>{@link io.reactorstack.ip.event.InterfaceEvent} is one change of an interface, an address, a route or a gateway.
 * {@code NetworkStack.interfaceEvents()} returns the stream of events. The internet layer emits each event on the
 * host's event loop after it has made the change: a connection that a subscriber opens already uses the changed
 * interfaces and routes.
 */
@NullMarked
package io.reactorstack.ip.event;

import org.jspecify.annotations.NullMarked;
