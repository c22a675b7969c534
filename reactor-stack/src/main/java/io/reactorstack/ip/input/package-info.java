/**
 * The way up through the internet layer.
 *
 * <p>{@link io.reactorstack.ip.input.IpInput} is the stage of one interface. {@code Ipv4Input} and {@code Ipv6Input} give each unit
 * a {@code Verdict}: it is for this host, it is for another one, or it is refused, of which some refusals raise a {@link
 * io.reactorstack.ip.input.Complaint} for ICMP. An {@link io.reactorstack.ip.input.InboundPacket} keeps its header.
 */
@NullMarked
package io.reactorstack.ip.input;

import org.jspecify.annotations.NullMarked;
