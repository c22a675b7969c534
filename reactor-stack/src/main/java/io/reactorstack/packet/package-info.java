/**
 * The values that every layer uses, without any I/O: addresses, prefixes, sequence numbers, checksums.
 *
 * <p>Read {@link io.reactorstack.packet.IpAddress} first, sealed over {@link io.reactorstack.packet.Ipv4Address} and
 * {@link io.reactorstack.packet.Ipv6Address}, with {@link io.reactorstack.packet.IpPrefix} for the arithmetic of
 * networks and {@link io.reactorstack.packet.AddressClass} for their purposes, then {@link io.reactorstack.packet.Pdu}, the common type of frames,
 * packets, segments and datagrams: it owns one reference to a buffer. Most of them also carry
 * {@link io.reactorstack.packet.PacketFacts}, the device's metadata, such as a verified checksum.
 * {@link io.reactorstack.packet.Headroom} is the rule by which each layer puts its header in front of a payload without
 * a copy.
 *
 * <p>{@link io.reactorstack.packet.SequenceNumber} has the modular arithmetic of TCP,
 * {@link io.reactorstack.packet.Checksum} the Internet checksum (RFC 1071), and
 * {@link io.reactorstack.packet.KeyedHash} the keyed hash for initial sequence numbers, ports, cookies and flow labels.
 * {@link io.reactorstack.packet.HostMemory} counts the octets that one host holds against its limit, and
 * {@link io.reactorstack.packet.PacketAllocator} keeps buffers of the size of a packet for each event loop.
 * {@link io.reactorstack.packet.DropReason} is the type of all drop reasons; the reasons themselves are listed in enums
 * of the packages that count them. The package contains no protocol: the header formats are in
 * {@code io.reactorstack.wire}.
 */
@NullMarked
package io.reactorstack.packet;

import org.jspecify.annotations.NullMarked;
