package io.reactorstack.ip;

import io.reactorstack.packet.DropReason;

/**
 * A packet of ours that this host itself could not send on: what an ICMP error from the first router would say.
 *
 * @param packet the packet; its buffer is valid only while the listener runs
 * @param reason why it was dropped
 * @param mtu with {@link IpDrop#TOO_BIG}, the largest packet that could have been sent, in bytes; else 0
 */
public record Undelivered(IpPacket packet, DropReason reason, int mtu) {}
