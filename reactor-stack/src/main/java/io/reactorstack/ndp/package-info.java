/**
 * Neighbor discovery for IPv6 on Ethernet: the addresses of each interface, the answers to other stations, what routers
 * advertise, and what this host sends if it is a router itself (RFC 4861, RFC 4862, RFC 7217, RFC 4191, RFC 8106).
 *
 * <p>Read {@link io.reactorstack.ndp.NdpLink} first: neighbor discovery on one interface. Each new address ({@code TestedAddresses}) is tentative
 * until a test has shown that no other station has it; then it is assigned, and the interface answers solicitations for
 * it. {@link io.reactorstack.ndp.NdpHost} receives the messages of all interfaces as branches of ICMPv6, checks what
 * depends on the IP header, and passes them to the link. {@link io.reactorstack.ndp.Ipv6Settings} are the settings of
 * the user.
 *
 * <p>The neighbour cache itself is in {@code neighbor} and serves ARP too: this package reports the claims of other
 * stations to it, and {@code neighbor.NdpSender} sends its solicitations. The solicited-node groups are joined through
 * {@code multicast}, which reports them to the routers of the link.
 *
 * <p>{@code RouterDiscovery} handles the messages of routers: {@code AdvertisedRoutes} keeps default routers, prefixes and
 * routes with their lifetimes, {@code AutoAddresses} forms addresses from prefixes, and {@code DnsAdvertisements} keeps
 * DNS servers. All of them are bounded, because any station of the link can send advertisements. The results are routes
 * and addresses in {@code ip.host}, and an {@link io.reactorstack.ip.event.Ipv6Status} as an event.
 *
 * <p>On a router, {@code RouterAdvertiser} sends the advertisements of an interface: {@code AdvertisementTimes} decides
 * when, {@code AdvertisementContent} builds them from the settings in {@code routing}, and {@code
 * AdvertisementConsistency} compares them with those of other routers. {@code RedirectMessages} builds the redirects for packets
 * that {@code ip.forward} returns to their link.
 */
@NullMarked
package io.reactorstack.ndp;

import org.jspecify.annotations.NullMarked;
