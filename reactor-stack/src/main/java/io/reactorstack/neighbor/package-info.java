/**
 * Address resolution on one Ethernet interface: which link address a packet goes to.
 *
 * <p>{@link io.reactorstack.neighbor.NeighborCache} is the stage between IP and Ethernet. It holds one entry for each
 * neighbour, with the states of neighbour unreachability detection (RFC 4861 section 7.3), and lets packets wait while a
 * neighbour is asked for. {@link io.reactorstack.neighbor.ArpLayer} is the only protocol that asks for it today: it sends
 * ARP questions, answers and announcements (RFC 826, RFC 5227) and reports the claims of other stations as
 * {@link io.reactorstack.neighbor.NeighborClaim}. Neighbour discovery for IPv6 is not implemented: there is no
 * {@link io.reactorstack.neighbor.Solicitor} of that family, and IPv6 packets to a neighbour are dropped and
 * counted.
 *
 * <p>Down: a packet with its next hop enters {@code NeighborCache.resolve} and leaves as an Ethernet frame, at once or
 * when the answer has come. Up: ARP frames enter {@code ArpLayer.receive} and end in the cache. The link's own frames leave
 * before packets.
 */
@NullMarked
package io.reactorstack.neighbor;

import org.jspecify.annotations.NullMarked;
