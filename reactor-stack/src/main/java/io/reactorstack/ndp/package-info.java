/**
 * Neighbor discovery for IPv6 on Ethernet: the addresses of each interface, and the answers to other stations (RFC
 * 4861, RFC 4862, RFC 7217).
 *
 * <p>Read {@link io.reactorstack.ndp.NdpLink} first: the IPv6 addresses of one interface. Each new address is tentative
 * until a test has shown that no other station has it; then it is assigned, and the interface answers solicitations for
 * it. {@link io.reactorstack.ndp.NdpHost} receives the messages of all interfaces as branches of ICMPv6, checks what
 * depends on the IP header, and passes them to the link. {@link io.reactorstack.ndp.Ipv6Settings} are the settings of
 * the user.
 *
 * <p>The neighbour cache itself is in {@code neighbor} and serves ARP too: this package reports the claims of other
 * stations to it, and {@code neighbor.NdpSender} sends its solicitations. The solicited-node groups are joined through
 * {@code multicast}, which reports them to the routers of the link.
 *
 * <p>Messages of routers are not processed: routes and addresses are configured by the user.
 */
@NullMarked
package io.reactorstack.ndp;

import org.jspecify.annotations.NullMarked;
