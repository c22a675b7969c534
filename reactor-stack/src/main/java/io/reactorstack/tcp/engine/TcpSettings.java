package io.reactorstack.tcp.engine;

import java.time.Duration;

/**
 * What can be set on a connection; the same for all states, changed only before it is opened unless said otherwise.
 *
 * <p>Immutable: every {@code with…} method returns a changed copy.
 *
 * @param receiveBuffer bytes of memory that unread data may hold, including overhead; at least 2048
 * @param sendBuffer bytes accepted and not yet acknowledged; at least 2048
 * @param maxSegmentSize cap on the MSS announced and used, in bytes; 0 to derive it from the device's MTU
 * @param initialWindowSegments initial congestion window in segments (RFC 6928)
 * @param timestamps whether to offer and accept timestamps (RFC 7323 section 3)
 * @param windowScaling whether to offer and accept window scaling (RFC 7323 section 2)
 * @param selectiveAcknowledgment whether to offer and accept SACK (RFC 2018)
 * @param noDelay whether to send small segments at once, that is, to switch off Nagle's algorithm (RFC 9293 section 3.7.4)
 * @param delayedAck longest delay of an acknowledgement; at most 500 ms (RFC 9293 section 3.8.6.3)
 * @param initialRto retransmission timeout before the first round-trip sample (RFC 6298 section 2.1)
 * @param minRto floor of the retransmission timeout
 * @param maxRto ceiling of the retransmission timeout; at least 60 s (RFC 6298 section 2.5)
 * @param synRetries retransmissions of a SYN or SYN-ACK before the handshake fails
 * @param userTimeout how long sent data may stay unacknowledged before the connection is given up (R2 of RFC 9293 section
 *     3.8.3, RFC 5482); zero for never
 * @param timeWait how long TIME-WAIT lasts: 2 MSL
 * @param finWait2Timeout how long FIN-WAIT-2 lasts when nobody reads any more
 */
public record TcpSettings(
    int receiveBuffer,
    int sendBuffer,
    int maxSegmentSize,
    int initialWindowSegments,
    boolean timestamps,
    boolean windowScaling,
    boolean selectiveAcknowledgment,
    boolean noDelay,
    Duration delayedAck,
    Duration initialRto,
    Duration minRto,
    Duration maxRto,
    int synRetries,
    Duration userTimeout,
    Duration timeWait,
    Duration finWait2Timeout) {

  /** The defaults: those of the RFCs, with buffers of 1 MiB. */
  public static final TcpSettings DEFAULTS = new TcpSettings(
      1 << 20,
      1 << 20,
      0,
      10,
      true,
      true,
      false,
      false,
      Duration.ofMillis(40),
      Duration.ofSeconds(1),
      Duration.ofSeconds(1),
      Duration.ofSeconds(120),
      7,
      Duration.ofMinutes(15),
      Duration.ofSeconds(60),
      Duration.ofSeconds(60));

  /** These settings with another receive buffer. */
  public TcpSettings withReceiveBuffer(int bytes) {
    return new TcpSettings(
        bytes,
        sendBuffer,
        maxSegmentSize,
        initialWindowSegments,
        timestamps,
        windowScaling,
        selectiveAcknowledgment,
        noDelay,
        delayedAck,
        initialRto,
        minRto,
        maxRto,
        synRetries,
        userTimeout,
        timeWait,
        finWait2Timeout);
  }

  /** These settings with another send buffer. */
  public TcpSettings withSendBuffer(int bytes) {
    return new TcpSettings(
        receiveBuffer,
        bytes,
        maxSegmentSize,
        initialWindowSegments,
        timestamps,
        windowScaling,
        selectiveAcknowledgment,
        noDelay,
        delayedAck,
        initialRto,
        minRto,
        maxRto,
        synRetries,
        userTimeout,
        timeWait,
        finWait2Timeout);
  }

  /** These settings with Nagle's algorithm switched off ({@code true}) or on. */
  public TcpSettings withNoDelay(boolean on) {
    return new TcpSettings(
        receiveBuffer,
        sendBuffer,
        maxSegmentSize,
        initialWindowSegments,
        timestamps,
        windowScaling,
        selectiveAcknowledgment,
        on,
        delayedAck,
        initialRto,
        minRto,
        maxRto,
        synRetries,
        userTimeout,
        timeWait,
        finWait2Timeout);
  }
}
