package io.reactorstack.tcp.engine;

import io.reactorstack.packet.HostMemory;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.FourTuple;

/**
 * What a connection is opened with.
 *
 * @param settings what its user has set
 * @param quirks what drivers want otherwise; {@link Quirks#NONE} for users
 * @param flow both sockets, as on segments that arrive
 * @param iss the initial send sequence number
 * @param timestampOffset where our timestamp clock starts: random, but the same for every connection between the same
 *     sockets (RFC 7323 section 7.1, RFC 6191 section 3)
 * @param mtu largest IP packet on the path's first hop, in bytes
 * @param memory where buffers come from, and what the host's account allows
 */
public record Setup(
    TcpSettings settings,
    Quirks quirks,
    FourTuple flow,
    int iss,
    int timestampOffset,
    int mtu,
    HostMemory memory) {}
