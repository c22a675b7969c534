/**
 * The link layer of Ethernet II: frames in and out, and the filter that a network card has in hardware (RFC 894, IEEE 802.1Q).
 *
 * <p>{@link io.reactorstack.ethernet.EthernetLayer} is the stage of one device. Upward it drops frames for other stations and
 * hands on the {@link io.reactorstack.ethernet.EthernetFrame} to a demultiplexer by EtherType; downward it writes the header
 * into the headroom of the packet. Its constructor can set one VLAN tag and the padding to 60 octets; a host uses neither.
 * Drops are counted by {@link io.reactorstack.ethernet.EthernetDrop}.
 */
@NullMarked
package io.reactorstack.ethernet;

import org.jspecify.annotations.NullMarked;
