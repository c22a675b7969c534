package io.reactorstack.neighbor;

import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.MacAddress;

/**
 * The surroundings of address resolution on one Ethernet interface.
 *
 * @param turn the host's rhythm, and its clock
 * @param mac the interface's link address
 * @param local the interface's IP addresses
 * @param drops where dropped packets are counted
 * @param memory what the packets that wait are charged to, and where messages come from
 */
public record LinkContext(LoopTurn turn, MacAddress mac, LocalAddresses local, Drops drops, HostMemory memory) {}
