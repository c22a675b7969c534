package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a neighbour cache at one moment, for people.
 *
 * @param address the address of the neighbour
 * @param macAddress its MAC address; {@code null} if it is not known
 * @param state the reachability state
 * @param isRouter true if it was a router according to its last message that says so
 */
public record NeighborSnapshot(
    IpAddress address, @Nullable MacAddress macAddress, NeighborState state, boolean isRouter) {}
