package io.reactorstack.tcp.engine;

import java.time.Duration;

/**
 * How a connection stands, at one instant.
 *
 * @param state the state
 * @param srtt smoothed round-trip time; zero before the first sample
 * @param rttvar round-trip time variation
 * @param rto retransmission timeout now in force
 * @param cwnd congestion window in bytes
 * @param ssthresh slow-start threshold in bytes; {@link Integer#MAX_VALUE} before the first loss
 * @param bytesInFlight bytes sent and not yet acknowledged
 * @param sendWindow the peer's window in bytes
 * @param receiveWindow our advertised window in bytes
 * @param mss most data bytes in a segment sent
 * @param bytesSent data bytes sent, without retransmissions
 * @param bytesAcknowledged data bytes acknowledged by the peer
 * @param bytesReceived data bytes received in order
 * @param segmentsSent segments sent, with retransmissions
 * @param segmentsReceived segments received
 * @param retransmissions segments sent again
 */
public record TcpInfo(
    TcpState state,
    Duration srtt,
    Duration rttvar,
    Duration rto,
    int cwnd,
    int ssthresh,
    int bytesInFlight,
    int sendWindow,
    int receiveWindow,
    int mss,
    long bytesSent,
    long bytesAcknowledged,
    long bytesReceived,
    long segmentsSent,
    long segmentsReceived,
    long retransmissions) {}
