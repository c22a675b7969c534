/**
 * The forwarding of packets between the interfaces of a host that is a router (RFC 1812 section 5, RFC 8200).
 *
 * <p>{@link io.reactorstack.ip.forward.Forwarder} receives the packets in transit from {@code ip.input}, decides on each
 * by the rules of a router, and puts copies with a decremented hop limit into the queue of the outgoing interface, from
 * which {@code ip.output} takes them. {@link io.reactorstack.ip.forward.TransitRoutes} remembers the destinations in
 * use. {@link io.reactorstack.ip.forward.Translation} translates the IPv4 addresses of packets between the inside and the
 * outside of a router by the machine of {@code nat.engine}. Multicast packets are not forwarded.
 */
@NullMarked
package io.reactorstack.ip.forward;

import org.jspecify.annotations.NullMarked;
