/**
 * The receiving direction of the internet layer.
 *
 * <p>{@link io.reactorstack.ip.input.IpInput} is the stage of one interface. {@code Ipv4Input} and {@code Ipv6Input}
 * return an {@code InputDecision} for each unit: its packet is for this host, is for another host, or is refused. Some
 * refusals raise a {@link io.reactorstack.ip.input.PacketError}, which ICMP sends to the packet's source. An accepted
 * packet is emitted as an {@link io.reactorstack.ip.input.InboundPacket}, which keeps its header, to a demultiplexer by
 * protocol number.
 *
 * <p>Fragments pass to the {@link io.reactorstack.ip.input.PacketReassembly} of the shard, which holds them until their
 * packet is complete. The whole packet is then judged again, as if it had arrived in one piece.
 *
 * <p>Packets for other hosts are counted and dropped (RFC 1122 section 3.3.1.1).
 */
@NullMarked
package io.reactorstack.ip.input;

import org.jspecify.annotations.NullMarked;
