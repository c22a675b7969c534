package io.reactorstack.neighbor;

import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.MacAddress;

/**
 * The parts of the host that address resolution on one Ethernet interface needs.
 *
 * @param turn the turn of the event loop, with its clock and timers
 * @param mac the interface's MAC address
 * @param local the interface's IP addresses
 * @param drops counts dropped packets
 * @param memory charges the waiting packets, and allocates the buffers of ARP messages
 */
public record LinkContext(LoopTurn turn, MacAddress mac, LocalAddresses local, Drops drops, HostMemory memory) {}
