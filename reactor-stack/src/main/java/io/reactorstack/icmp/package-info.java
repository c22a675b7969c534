/**
 * ICMP for IPv4 and IPv6: echo, errors in and out, and their limits (RFC 792, RFC 4443, RFC 1122 section 3.2.2).
 *
 * <p>{@link io.reactorstack.icmp.Icmp} is the user's side: pings. {@link io.reactorstack.icmp.IcmpHost} is what a host does: it
 * answers echo requests, hands received errors to the protocol whose packet they quote, and reports packets that nobody here
 * takes. {@link io.reactorstack.icmp.IcmpTypes} routes received messages by type, so that other rooms
 * take theirs beside it; {@link io.reactorstack.icmp.IcmpLayer} takes messages out of packets and puts them in.
 *
 * <p>Replies and errors wait in one bounded queue for each device and are limited in rate, for each peer and in all. Redirects,
 * source quenches and time stamps are ignored and counted.
 */
@NullMarked
package io.reactorstack.icmp;

import org.jspecify.annotations.NullMarked;
