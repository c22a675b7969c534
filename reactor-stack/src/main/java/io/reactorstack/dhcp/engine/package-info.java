/**
 * The DHCP client of one interface without I/O (RFC 2131 section 4.4): time and messages are arguments.
 *
 * <p>Read {@link io.reactorstack.dhcp.engine.DhcpEngine} first, which has the inputs and the order of use, and {@link
 * io.reactorstack.dhcp.engine.DhcpState}, the sealed type of its states. Its outputs are the calls of {@link
 * io.reactorstack.dhcp.engine.DhcpActions}, which {@code host} implements with a device, ARP and the addresses of the
 * interface. {@code DhcpRequests} builds the messages of each state, {@code Exchange} is a transaction with its
 * retransmissions, and {@code HeldLease} has the times of a lease.
 */
@NullMarked
package io.reactorstack.dhcp.engine;

import org.jspecify.annotations.NullMarked;
