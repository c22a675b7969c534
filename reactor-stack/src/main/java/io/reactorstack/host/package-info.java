/**
 * A host below its façade: the layers of each of its event loops, and what its loops have in common.
 *
 * <p>A {@link io.reactorstack.host.StackHost} has one or more shards. A {@link io.reactorstack.host.StackShard} is all layers
 * above the interfaces on one event loop: connections, sockets, timers. {@code Link} has the layers of one interface, from its
 * device up to IP: read its method {@code assemble} if you want to follow a frame. What concerns the host as a whole stands
 * beside the shards: its {@link io.reactorstack.host.HostSettings} with the random source and the memory, the events of its
 * interfaces, its end.
 *
 * <p>This room is not exported. Channels, the lab and the transports of {@code io.reactorstack.spi} find the host of a {@code
 * NetworkStack} by {@link io.reactorstack.host.Hosts#of}.
 */
@NullMarked
package io.reactorstack.host;

import org.jspecify.annotations.NullMarked;
