package io.reactorstack.tcp.engine;

import io.reactorstack.packet.HostMemory;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.FourTuple;

/**
 * The parameters of a new connection.
 *
 * @param settings the user's settings
 * @param quirks deviations for test drivers; {@link Quirks#NONE} for users
 * @param flow both sockets, oriented as on segments that arrive
 * @param iss the initial send sequence number
 * @param timestampOffset the start of our timestamp clock: random, but the same for every connection between the same
 *   sockets (RFC 7323 section 7.1, RFC 6191 section 3)
 * @param mtu the largest IP packet that the first link carries, in bytes
 * @param memory the allocator of buffers, and the host's memory limits
 */
public record Setup(
    TcpSettings settings,
    Quirks quirks,
    FourTuple flow,
    int iss,
    int timestampOffset,
    int mtu,
    HostMemory memory) {}
