package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;
import java.time.Duration;

/**
 * The reply to a probe.
 *
 * @param from the address that replied
 * @param sequence the number of the probe, counted from 0
 * @param roundTrip time from the probe to the reply
 * @param hopLimit the TTL or hop limit of the received reply
 * @param size data octets of the reply
 */
public record PingReply(IpAddress from, int sequence, Duration roundTrip, int hopLimit, int size) {}
