package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;
import java.time.Duration;

/**
 * An answered probe.
 *
 * @param from who answered
 * @param sequence which probe it answers, counted from 0
 * @param roundTrip time from the probe to the reply
 * @param hopLimit the reply's remaining TTL
 * @param size data octets of the reply
 */
public record PingReply(IpAddress from, int sequence, Duration roundTrip, int hopLimit, int size) {}
