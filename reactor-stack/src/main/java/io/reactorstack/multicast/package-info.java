/**
 * Membership of multicast groups: which groups and sources the host listens to on each link, and how routers hear of it
 * (IGMPv3 and MLDv2: RFC 9776, RFC 9777).
 *
 * <p>{@code GroupHost} keeps what sockets want, {@code GroupLink} merges it for one interface into a filter, and {@code
 * Reporter} sends the reports and answers queries, also of routers that speak older versions. {@code SocketGroups} is one
 * socket's part, which UDP sockets hold. The codecs are {@code IgmpMessage} and {@code MldMessage} in {@code wire}.
 */
@NullMarked
package io.reactorstack.multicast;

import org.jspecify.annotations.NullMarked;
