package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.Ipv4Address;

/**
 * The endpoints of a packet from the view of the inside.
 *
 * @param inside the address of the inside host
 * @param port its port, or the identifier of its ICMP query
 * @param remote the address of the other host
 * @param remotePort its port; 0 for ICMP
 */
record Flow(NatProtocol protocol, Ipv4Address inside, int port, Ipv4Address remote, int remotePort) {}
