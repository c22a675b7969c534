package io.reactorstack.tcp.engine;

import io.reactorstack.wire.TcpSegment;

/** Counts the segments and bytes of a connection. The counts outlive its states. */
final class ConnectionCounters {

  long sent;
  long dataSent;
  /** Data bytes sent, including retransmissions. */
  long bytesSent;
  long received;
  long dataReceived;
  long retransmitted;
  long lastDataSentAt;
  long lastDataReceivedAt;
  long lastAckReceivedAt;

  /** Creates the counters of a connection opened at {@code now}. */
  ConnectionCounters(long now) {
    lastDataSentAt = now;
    lastDataReceivedAt = now;
    lastAckReceivedAt = now;
  }

  /** The time at which data or an acknowledgement was last received, or the connection was opened. */
  long lastReceivedAt() {
    return Math.max(lastDataReceivedAt, lastAckReceivedAt);
  }

  /** The time at which data was last sent or received, or the connection was opened. */
  long lastDataAt() {
    return Math.max(lastDataSentAt, lastDataReceivedAt);
  }

  void onSent(TcpSegment segment, long now) {
    int segments = segment.count();
    sent += segments;
    int data = segment.payloadLength();
    if (data > 0) {
      dataSent += segments;
      bytesSent += data;
      lastDataSentAt = now;
    }
  }

  void onReceived(TcpSegment segment, long now) {
    int segments = segment.count();
    received += segments;
    if (segment.payload().isReadable()) {
      dataReceived += segments;
      lastDataReceivedAt = now;
    }
    if (segment.has(TcpSegment.ACK)) {
      lastAckReceivedAt = now;
    }
  }
}
