/**
 * Network address and port translation (NAPT) for IPv4 as users see it: the settings of a translator, its port
 * forwardings and its mappings (RFC 4787, RFC 5382, RFC 5508, RFC 7857).
 *
 * <p>Read {@link io.reactorstack.nat.NatSettings} first, which selects what passes from outside, the timeouts, the limits
 * and the ports. {@link io.reactorstack.nat.NatForwarding} makes a server behind the translator reachable, and {@link
 * io.reactorstack.nat.NatMapping} is one row of the table of mappings. The types are values without I/O; the package
 * {@code nat.engine} has the machine. <i>Inside</i> is the network whose addresses are translated, <i>outside</i> the
 * network that sees the addresses of the translator.
 */
@NullMarked
package io.reactorstack.nat;

import org.jspecify.annotations.NullMarked;
