/**
 * ICMP for IPv4 and IPv6: echo, sent and received errors, and their rate limits (RFC 792, RFC 4443, RFC 1122 section
 * 3.2.2).
 *
 * <p>Read {@link io.reactorstack.icmp.Icmp} first, the user's API for pings and traces, then
 * {@link io.reactorstack.icmp.IcmpHost}, the protocol of a host: it answers echo requests, passes received errors to
 * the protocol whose packet they quote, and sends errors about packets to unknown ports and protocols.
 * {@link io.reactorstack.icmp.IcmpError} is a received error, and {@link io.reactorstack.icmp.DeliveryFailure} also the
 * failure of this host to send. A {@code PingRun} and a {@code TraceRun} are one ping and one trace; {@code Pings} and
 * {@code Traces} find the probe that an answer belongs to.
 *
 * <p>A received packet goes to {@link io.reactorstack.icmp.IcmpTypes}, which routes it by message type; another package
 * may subscribe to its own types there, as {@code multicast} does for MLD and {@code ndp} for neighbor discovery. {@link io.reactorstack.icmp.IcmpLayer} then verifies
 * and parses the message. Replies and errors wait in one bounded queue for each device. Echo replies are limited in
 * rate for the host, errors for the host and for each peer.
 *
 * <p>Redirects are followed if {@link io.reactorstack.icmp.IcmpSettings} says so. Source quenches and timestamps are
 * ignored and counted. Neighbor discovery is in {@code ndp}.
 */
@NullMarked
package io.reactorstack.icmp;

import org.jspecify.annotations.NullMarked;
