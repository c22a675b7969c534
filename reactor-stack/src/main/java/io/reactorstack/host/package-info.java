/**
 * The implementation of a host behind {@code NetworkStack}: the layers on each of its event loops, and the state that
 * the loops share.
 *
 * <p>Read {@link io.reactorstack.host.StackHost} first: a host with one or more shards. A {@link
 * io.reactorstack.host.StackShard} is all layers above the interfaces on one event loop, with their connections,
 * sockets and timers. {@code Link} has the layers of one interface, from its device up to IP; its method {@code
 * assemble} connects them, so read it to follow a frame: device, Ethernet, IP input, then by protocol number to ICMP,
 * IGMP, UDP or TCP of the shard.
 *
 * <p>State of the whole host is kept beside the shards: {@link io.reactorstack.host.HostSettings} with the random
 * source and the memory, the events of the interfaces, the changes of addresses and routes at run time ({@code
 * Renumbering}, RFC 5227), and the shutdown. The protocols themselves are in the packages of the layers.
 *
 * <p>This package is not exported. Channels, the lab and the transports of {@code io.reactorstack.spi} get the host of
 * a {@code NetworkStack} with {@link io.reactorstack.host.Hosts#of}.
 */
@NullMarked
package io.reactorstack.host;

import org.jspecify.annotations.NullMarked;
