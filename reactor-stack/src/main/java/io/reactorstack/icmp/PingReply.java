package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.Ipv4Options;
import java.time.Duration;

/**
 * The reply to a probe.
 *
 * @param from the address that replied
 * @param sequence the number of the probe, counted from 0
 * @param roundTrip time from the probe to the reply
 * @param hopLimit the TTL or hop limit of the received reply
 * @param size data octets of the reply
 * @param options the IPv4 options of the reply, such as a recorded route; none for IPv6
 * @param duplicate whether the probe had been answered before, by this host or, for a group or broadcast address, by
 *     another one
 */
public record PingReply(
    IpAddress from,
    int sequence,
    Duration roundTrip,
    int hopLimit,
    int size,
    Ipv4Options options,
    boolean duplicate) implements PingResult {}
