/**
 * The link layer of Ethernet II: frames in and out, and the filter that a network card has in hardware (RFC 894, IEEE
 * 802.1Q).
 *
 * <p>{@link io.reactorstack.ethernet.EthernetLayer} is the stage of one device. On receipt it parses the header, drops
 * frames for other stations and emits each {@link io.reactorstack.ethernet.EthernetFrame} to a demultiplexer by
 * EtherType. On sending it writes the header into the headroom of the packet. {@link
 * io.reactorstack.ethernet.EthernetDrop} lists the reasons for dropped frames.
 *
 * <p>A device with VLANs has a {@link io.reactorstack.ethernet.VlanTrunk} between it and the layers of its interfaces:
 * it passes each received frame to the interface of the frame's VLAN, and merges the frames that the interfaces send. A
 * device without VLANs is connected to its only layer directly.
 *
 * <p>The layer does not handle LLC frames (IEEE 802.3 lengths). Padding and the FCS are added below it, by a network
 * card or by a wire of the lab. The mapping of IP addresses to MAC
 * addresses is in {@code io.reactorstack.neighbor}.
 */
@NullMarked
package io.reactorstack.ethernet;

import org.jspecify.annotations.NullMarked;
