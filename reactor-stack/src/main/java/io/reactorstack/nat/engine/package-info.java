/**
 * The translator of addresses and ports without I/O (RFC 4787, RFC 5382, RFC 5508): time and packets are arguments.
 *
 * <p>Read {@link io.reactorstack.nat.engine.NatEngine} first, which has the inputs and the order of use, then {@code
 * TransitRules}, the way of a packet by its direction. A packet is first decided about and then changed: the translator of
 * its protocol returns the mapping to use, {@code TransitRules} makes a {@code Plan} of it, and {@code Rewriter} changes
 * the bytes. A refused packet is therefore as it was received.
 *
 * <p>{@code MappingTable} has the mappings and sessions with their limits; {@code IdleQueue} is a timer of many sessions,
 * and {@code PortChooser} draws ports. {@code DatagramTranslator} has the rules of UDP and of ICMP queries, {@code
 * TcpTranslator} and {@code TcpProgress} those of TCP, and {@code ErrorTranslator} those of ICMP errors. {@code HeldSyns}
 * and {@code FragmentMemory} hold packets whose verdict comes later; fragments are translated without reassembly. The
 * reasons for refusals are in {@link io.reactorstack.nat.engine.NatDrop}.
 */
@NullMarked
package io.reactorstack.nat.engine;

import org.jspecify.annotations.NullMarked;
