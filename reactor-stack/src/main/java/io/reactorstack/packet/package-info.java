/**
 * The values that every layer uses, without any I/O: addresses, prefixes, sequence numbers, checksums.
 *
 * <p>{@link io.reactorstack.packet.IpAddress} is sealed over {@link io.reactorstack.packet.Ipv4Address} and {@link
 * io.reactorstack.packet.Ipv6Address}; {@link io.reactorstack.packet.SequenceNumber} has the modular arithmetic of TCP; {@link
 * io.reactorstack.packet.Headroom} is the rule by which headers get in front of a payload without a copy. A {@link
 * io.reactorstack.packet.Pdu} owns one reference to a buffer, and {@link io.reactorstack.packet.PacketFacts} are what a device
 * knows about its bytes, such as a checksum that it has verified. {@link io.reactorstack.packet.HostMemory} is the account of the
 * octets that one host holds, against its limit.
 */
@NullMarked
package io.reactorstack.packet;

import org.jspecify.annotations.NullMarked;
