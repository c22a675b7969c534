/**
 * The settings of the IPv4 addresses on Ethernet interfaces: the detection of address conflicts (RFC 5227).
 *
 * <p>{@link io.reactorstack.acd.Ipv4Settings} is what {@code StackConfiguration.ipv4} changes. It contains the {@link
 * io.reactorstack.acd.ConflictReaction}: what the host does when another station uses one of its addresses. ARP probes
 * and defends by these settings.
 */
@NullMarked
package io.reactorstack.acd;

import org.jspecify.annotations.NullMarked;
