package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;

/**
 * A received claim of a station to have an IP address, as a resolution protocol reports it.
 *
 * @param address the IP address; unspecified if the message claims none, such as an ARP probe
 * @param mac the MAC address that is claimed for it
 * @param solicited true if the message answers a request of this host
 * @param addressedToUs true if the message is directed to an address of this host, so that packets between the two are
 *     likely and an entry is useful
 */
public record NeighborClaim(IpAddress address, MacAddress mac, boolean solicited, boolean addressedToUs) {}
