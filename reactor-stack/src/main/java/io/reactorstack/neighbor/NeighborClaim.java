package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;

/**
 * What a resolution protocol has heard: a station says which link address an IP address has.
 *
 * @param address the IP address; unspecified if the message claims none, as an ARP probe
 * @param mac the link address claimed for it
 * @param solicited whether it answers a question of ours
 * @param addressedToUs whether the station wants to talk to us, so that an entry is worth making
 */
public record NeighborClaim(IpAddress address, MacAddress mac, boolean solicited, boolean addressedToUs) {}
