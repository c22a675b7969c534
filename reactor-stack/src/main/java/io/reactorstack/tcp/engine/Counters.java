package io.reactorstack.tcp.engine;

import io.reactorstack.wire.TcpSegment;

/** What a connection has counted; it outlives the states. */
final class Counters {

  long sent;
  long dataSent;
  /** Data bytes, those sent again included. */
  long bytesSent;
  long received;
  long dataReceived;
  long retransmitted;
  long lastDataSentAt;
  long lastDataReceivedAt;
  long lastAckReceivedAt;

  /** A connection that begins at {@code now}. */
  Counters(long now) {
    lastDataSentAt = now;
    lastDataReceivedAt = now;
    lastAckReceivedAt = now;
  }

  void onSent(TcpSegment segment, long now) {
    sent++;
    int data = segment.payloadLength();
    if (data > 0) {
      dataSent++;
      bytesSent += data;
      lastDataSentAt = now;
    }
  }

  void onReceived(TcpSegment segment, long now) {
    received++;
    if (segment.payload().isReadable()) {
      dataReceived++;
      lastDataReceivedAt = now;
    }
    if (segment.has(TcpSegment.ACK)) {
      lastAckReceivedAt = now;
    }
  }
}
