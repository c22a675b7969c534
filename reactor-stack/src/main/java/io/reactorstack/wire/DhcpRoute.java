package io.reactorstack.wire;

import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;

/**
 * A route in a DHCP message (RFC 3442).
 *
 * @param network the destination network
 * @param router the router to the network; unspecified if the network is on the link
 */
public record DhcpRoute(IpPrefix network, Ipv4Address router) {}
