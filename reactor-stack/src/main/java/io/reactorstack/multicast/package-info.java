/**
 * Multicast group membership: the groups and sources that the host receives on each link, reported to routers by IGMPv3
 * and MLDv2 (RFC 9776, RFC 9777).
 *
 * <p>Read {@code GroupHost} first, then {@code Reporter}. A UDP socket keeps its memberships in a {@code SocketGroups},
 * which passes each change to {@code GroupHost}. {@code GroupLink} merges the filters of all sockets into one for each
 * group of an interface. {@code Reporter} is the protocol, a machine without a clock: its inputs are filter changes and
 * queries of routers, and its output is the reports to send. {@code Speaker} drives it with the loop's timers and an
 * egress.
 *
 * <p>The codecs are {@code IgmpMessage} and {@code MldMessage} in {@code wire}. The host also answers routers that use
 * the older versions (IGMPv1 and IGMPv2: RFC 2236, MLDv1: RFC 2710). It is never a querier or a multicast router.
 */
@NullMarked
package io.reactorstack.multicast;

import org.jspecify.annotations.NullMarked;
