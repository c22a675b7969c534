/**
 * Address resolution on one Ethernet interface: it finds the MAC address for each packet's next hop.
 *
 * <p>{@link io.reactorstack.neighbor.NeighborCache} is the stage between IP and Ethernet. It holds one entry for each
 * neighbour, with the states of neighbour unreachability detection (RFC 4861 section 7.3), and lets packets wait while
 * a neighbour is being resolved. Two protocols find the MAC addresses, one for each family: {@link
 * io.reactorstack.neighbor.ArpLayer} sends ARP requests, replies and announcements (RFC 826, RFC 5227), and {@link
 * io.reactorstack.neighbor.NdpSender} sends the messages of neighbor discovery for IPv6 (RFC 4861). Both are the
 * cache's {@link io.reactorstack.neighbor.Solicitor}s. The claims of other stations reach it as {@link
 * io.reactorstack.neighbor.NeighborClaim}: from ARP here, and from neighbor discovery through {@code ndp}, above
 * ICMPv6. An {@link io.reactorstack.neighbor.AddressProbe} finds out whether an IPv4 address is free before the host
 * uses it.
 *
 * <p>{@link io.reactorstack.neighbor.RarpLayer} finds the address of the interface itself, for a host that knows only
 * its MAC address (RFC 903), and serves other such hosts from a table. It has no part in the sending of packets.
 *
 * <p>On sending, a packet with its {@link io.reactorstack.neighbor.Neighbor} enters {@code NeighborCache.resolve} and
 * leaves as an Ethernet frame, either immediately or when the reply has arrived. On receipt, ARP frames enter
 * {@code ArpLayer.receive}, and their claims reach the cache. {@link io.reactorstack.neighbor.LinkOutput} sends the
 * link's own frames before packets.
 */
@NullMarked
package io.reactorstack.neighbor;

import org.jspecify.annotations.NullMarked;
